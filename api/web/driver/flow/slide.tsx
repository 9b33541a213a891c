// Slide to confirm: nothing is confirmed by a pocket. Enter or Space confirm for keyboards and screen readers.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../../shared/icons";

interface Props {
  label: string;
  disabled: boolean;
  testId: string;
  onConfirm(): void;
}

const CONFIRMING_SHARE = 0.75;
const KNOB_PX = 64;

export function Slide({ label, disabled, testId, onConfirm }: Props): JSX.Element {
  const track = useRef<HTMLButtonElement>(null);
  const offset = useSignal(0);
  const from = useRef<number | null>(null);
  const hint = useSignal(false);
  const confirmed = useRef(false);

  function confirm(): void {
    if (confirmed.current) return;
    confirmed.current = true;
    navigator.vibrate?.(40);
    onConfirm();
  }

  function range(): number {
    return (track.current?.clientWidth ?? 0) - KNOB_PX;
  }

  function release(): void {
    if (from.current === null) return;
    from.current = null;
    if (offset.value >= range() * CONFIRMING_SHARE) confirm();
    else if (offset.value < 8) hint.value = true;
    offset.value = 0;
  }

  return (
    <button
      ref={track}
      type="button"
      class={`slide ${disabled ? "slide--disabled" : ""}`}
      disabled={disabled}
      data-testid={testId}
      aria-label={label}
      onClick={(event) => event.detail === 0 && confirm()}
      onPointerDown={(event) => {
        from.current = event.clientX;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (from.current !== null) offset.value = Math.min(range(), Math.max(0, event.clientX - from.current));
      }}
      onPointerUp={release}
      onPointerCancel={() => {
        from.current = null;
        offset.value = 0;
      }}
    >
      <span class="slide__fill" style={{ width: `${offset.value + KNOB_PX}px` }} />
      <span class="slide__knob" style={{ transform: `translateX(${offset.value}px)` }}>
        <Icon name="arrowRight" size={26} />
      </span>
      <span class="slide__label">{hint.value ? `Slide: ${label}` : label}</span>
    </button>
  );
}

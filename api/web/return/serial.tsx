// The serial on the part: held against what was delivered as soon as it is typed.
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { CustomerPart, SerialView } from "../shared/contract";
import { Icon } from "../shared/icons";
import { checkSerial } from "./link";
import { Trouble } from "./trouble";
import { warrantyText } from "./words";

const TYPED_MS = 500;
const MOST_SUGGESTED = 6;

export function SerialField({ part, serial }: { part: CustomerPart; serial: Signal<string> }): JSX.Element {
  const found = useSignal<SerialView | null>(null);
  const trouble = useSignal<unknown>(null);
  const typed = serial.value.trim();
  useEffect(() => {
    found.value = null;
    trouble.value = null;
    if (!typed) return undefined;
    let isOld = false;
    const timer = setTimeout(() => {
      checkSerial(part.part_number, typed).then(
        (view) => !isOld && (found.value = view),
        (error: unknown) => !isOld && (trouble.value = error),
      );
    }, TYPED_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [part.part_number, typed]);
  return (
    <div class="serial-field">
      <label class="field">
        <span>Serial number, on the plate of the part</span>
        <input
          value={serial.value}
          maxLength={64}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          placeholder="Leave it empty if you cannot read it"
          data-testid="serial"
          onInput={(event) => (serial.value = event.currentTarget.value)}
        />
      </label>
      {!typed && part.serials.length > 0 && (
        <p class="muted suggested">We delivered these to you. Which of them is it?</p>
      )}
      {part.serials.length > 0 && (
        <div class="chips" role="group" aria-label="Serials at your site">
          {part.serials.slice(0, MOST_SUGGESTED).map((each) => (
            <button
              key={each}
              type="button"
              class={`pill pill--mono ${each === typed ? "pill--on" : ""}`}
              onClick={() => (serial.value = each)}
            >
              {each}
            </button>
          ))}
        </div>
      )}
      {found.value && (
        <p class="note note--good" data-testid="warranty" data-state={found.value.warranty.state}>
          <Icon name="check" size={18} />
          <span>
            <strong>{found.value.serial} is one of yours.</strong> {warrantyText(found.value.warranty)}
          </span>
        </p>
      )}
      <Trouble error={trouble.value} />
    </div>
  );
}

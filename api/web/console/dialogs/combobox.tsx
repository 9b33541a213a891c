// A field with suggestions (ARIA combobox): type to search, arrows and Enter to choose.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { matchesWords } from "../state/words";

export interface Option {
  value: string;
  label: string;
  detail: string;
  aside?: string;
}

interface Props {
  label: string;
  placeholder: string;
  options: readonly Option[];
  value: string | null;
  onChoose(value: string | null): void;
  testId: string;
}

const MAX_SHOWN = 40;

export function Combobox({ label, placeholder, options, value, onChoose, testId }: Props): JSX.Element {
  const id = useId();
  const typed = useSignal<string | null>(null);
  const active = useSignal(0);
  const chosen = options.find((option) => option.value === value);
  const open = typed.value !== null;
  const shown = options
    .filter((option) => matchesWords([option.value, option.label, option.detail], (typed.value ?? "").trim()))
    .slice(0, MAX_SHOWN);

  function choose(option: Option | undefined): void {
    if (!option) return;
    typed.value = null;
    onChoose(option.value);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) typed.value = "";
      const step = event.key === "ArrowDown" ? 1 : -1;
      active.value = Math.min(shown.length - 1, Math.max(0, active.value + step));
      document.querySelector(`[id="${id}-${active.value}"]`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      choose(shown[active.value]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      typed.value = null;
    }
  }

  return (
    <div class="field combobox">
      <span id={`${id}-label`}>{label}</span>
      <input
        role="combobox"
        aria-labelledby={`${id}-label`}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(open && shown.length > 0 && { "aria-activedescendant": `${id}-${active.value}` })}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={typed.value ?? chosen?.label ?? ""}
        data-testid={testId}
        data-value={value ?? ""}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          active.value = 0;
          if (value !== null) onChoose(null);
        }}
        onFocus={(event) => {
          event.currentTarget.select();
          typed.value = "";
          active.value = 0;
        }}
        onBlur={() => (typed.value = null)}
        onKeyDown={onKeyDown}
      />
      {open && (
        <ul id={`${id}-list`} class="combobox__list" role="listbox" aria-labelledby={`${id}-label`}>
          {shown.map((option, index) => (
            <li
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active.value}
              data-testid={`${testId}-option`}
              data-value={option.value}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(option);
              }}
            >
              <span>
                <strong>{option.label}</strong>
                <small>{option.detail}</small>
              </span>
              {option.aside && <span class="muted number">{option.aside}</span>}
            </li>
          ))}
          {shown.length === 0 && <li class="combobox__none">Nothing matches.</li>}
        </ul>
      )}
    </div>
  );
}

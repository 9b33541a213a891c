// A field that filters a list while one types.
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../../shared/icons";

interface Props {
  words: Signal<string>;
  label: string;
  placeholder: string;
}

export function SearchField({ words, label, placeholder }: Props): JSX.Element {
  return (
    <label class="search">
      <Icon name="search" size={16} />
      <span class="visually-hidden">{label}</span>
      <input
        type="search"
        class="input"
        value={words.value}
        placeholder={placeholder}
        data-testid="search"
        onInput={(event) => (words.value = event.currentTarget.value)}
      />
    </label>
  );
}

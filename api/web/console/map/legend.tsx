// What the marks on the map mean.
import type { JSX } from "preact";

const ENTRIES = [
  ["fresh", "Position under 30 s old"],
  ["ageing", "Under 2 min"],
  ["silent", "Silent"],
  ["locker", "Locker, parts in stock"],
  ["offline", "Locker offline"],
  ["site", "Site with open orders"],
] as const;

export function Legend(): JSX.Element {
  return (
    <details class="legend">
      <summary>Legend</summary>
      <ul>
        {ENTRIES.map(([mark, text]) => (
          <li key={mark}>
            <span class={`legend__mark legend__mark--${mark}`} aria-hidden="true" />
            {text}
          </li>
        ))}
      </ul>
    </details>
  );
}

// The mark of Fieldstock: a box on its way.
import type { JSX } from "preact";

export function Logo({ compact = false }: { compact?: boolean }): JSX.Element {
  return (
    <span class="logo">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect class="logo__tile" width="32" height="32" rx="8" />
        <path class="logo__box" d="M16 7.5 24 12v8.5L16 25l-8-4.5V12l8-4.5Z" />
        <path class="logo__edge" d="m8.5 12.2 7.5 4.3 7.5-4.3M16 16.5V24.5" />
      </svg>
      {!compact && <span class="logo__name">Fieldstock</span>}
    </span>
  );
}

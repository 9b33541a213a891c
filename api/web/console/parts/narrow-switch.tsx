// On a phone: the list or the map, never both squeezed.
import type { JSX } from "preact";
import { Icon } from "../../shared/icons";
import { narrowView } from "../state/selection";

export function NarrowSwitch(): JSX.Element {
  return (
    <div class="narrow-switch" role="group" aria-label="View">
      <button type="button" aria-pressed={narrowView.value === "list"} onClick={() => (narrowView.value = "list")}>
        <Icon name="list" size={16} /> Lists
      </button>
      <button
        type="button"
        aria-pressed={narrowView.value === "map"}
        data-testid="show-map"
        onClick={() => (narrowView.value = "map")}
      >
        <Icon name="map" size={16} /> Map
      </button>
    </div>
  );
}

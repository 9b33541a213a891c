// What the dialogs offer to choose from.
import { computed } from "@preact/signals";
import { resources, locationsById } from "../state/store";
import type { Option } from "./combobox";

const SUPPLYING_KINDS = new Set(["depot", "stocking_location", "compartment"]);

export const siteOptions = computed<Option[]>(() =>
  resources.locations.value.value
    .filter((location) => location.kind === "customer_site")
    .map((site) => ({ value: site.location_id, label: site.name, detail: site.address || site.location_id }))
    .toSorted((one, other) => one.label.localeCompare(other.label)),
);

/** Free pieces that a plan can send: in depots, stocking locations and lockers. */
const freeByPart = computed(() => {
  const free = new Map<string, number>();
  for (const line of resources.stock.value.value) {
    if (!SUPPLYING_KINDS.has(locationsById.value.get(line.location_id)?.kind ?? "")) continue;
    free.set(line.part_number, (free.get(line.part_number) ?? 0) + line.available);
  }
  return free;
});

export const partOptions = computed<Option[]>(() =>
  resources.parts.value.value
    .map((part) => ({
      value: part.part_number,
      label: part.name,
      detail: part.part_number,
      aside: `${freeByPart.value.get(part.part_number) ?? 0} free`,
    }))
    .toSorted((one, other) => one.label.localeCompare(other.label)),
);

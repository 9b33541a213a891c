// The devices: phones and lockers with their secrets, and what came in that nobody could read.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../../shared/icons";
import { newDeviceOpen } from "../dialogs/open";
import { Listing } from "../parts/empty";
import { SearchField } from "../parts/search-field";
import { shownDevices, type DeviceFilter } from "../state/devices";
import { lettersCount } from "../state/letters";
import { mayManageFleet } from "../state/roles";
import { ownerName, resources } from "../state/store";
import { DeviceRow } from "./device-row";
import { LettersList } from "./letters";

const REFRESH_MS = 10_000;
const MAX_ROWS = 300;
const words = signal("");
const view = signal<DeviceFilter | "unreadable">("in_use");

const EMPTY: Record<DeviceFilter, [string, string]> = {
  in_use: ["No devices yet", "Add a courier\u2019s phone or a parts locker: it gets a secret of its own."],
  revoked: ["None revoked", "A device that is lost or sold is revoked; it then stands here."],
};

export function DevicesPanel(): JSX.Element {
  useEffect(() => resources.devices.watch(), []);
  useEffect(() => (mayManageFleet() ? resources.letters.watch() : undefined), []);
  useEffect(() => {
    const timer = setInterval(() => {
      resources.devices.touch();
      resources.letters.touch();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <div class="side__tools">
        {view.value !== "unreadable" && (
          <div class="tools-line">
            <SearchField words={words} label="Search devices" placeholder="Name of courier or locker" />
            {mayManageFleet() && (
              <button
                type="button"
                class="button button--primary"
                data-testid="add-device"
                onClick={() => (newDeviceOpen.value = true)}
              >
                <Icon name="plus" size={16} /> Add
              </button>
            )}
          </div>
        )}
        <Views />
      </div>
      {view.value === "unreadable" ? <LettersList /> : <DeviceList filter={view.value} />}
    </>
  );
}

function Views(): JSX.Element {
  const revoked = resources.devices.value.value.filter((device) => device.revoked_at !== null).length;
  const unreadable = lettersCount(resources.letters.value.value);
  return (
    <div class="chips" role="group" aria-label="Show">
      <View name="in_use" label="In use" count={resources.devices.value.value.length - revoked} />
      <View name="revoked" label="Revoked" count={revoked} />
      {mayManageFleet() && <View name="unreadable" label="Unreadable" count={unreadable} warns={unreadable > 0} />}
    </div>
  );
}

interface ViewProps {
  name: DeviceFilter | "unreadable";
  label: string;
  count: number;
  warns?: boolean;
}

function View({ name, label, count, warns = false }: ViewProps): JSX.Element {
  return (
    <button
      type="button"
      class={`chip ${warns ? "chip--warn" : ""}`}
      aria-pressed={view.value === name}
      data-testid={`devices-${name}`}
      onClick={() => (view.value = name)}
    >
      {label} <span class="chip__count number">{count}</span>
    </button>
  );
}

function DeviceList({ filter }: { filter: DeviceFilter }): JSX.Element {
  const devices = shownDevices(resources.devices.value.value, filter, words.value.trim(), ownerName);
  const [title, hint] = words.value ? ["No such device", "Nothing matches the search."] : EMPTY[filter];
  return (
    <Listing resource={resources.devices} empty={devices.length === 0} title={title} hint={hint}>
      <ul class="rows" data-testid="devices">
        {devices.slice(0, MAX_ROWS).map((device) => (
          <DeviceRow key={device.device_id} device={device} />
        ))}
      </ul>
    </Listing>
  );
}

// What a device is called, where its secret stands, and which of them a list shows.
import { span } from "../../shared/format";
import type { DeviceKind, DeviceSecretView, DeviceView, OnboardingLink, TrackerApp } from "../../shared/contract";
import { matchesWords } from "./words";

export type DeviceFilter = "in_use" | "revoked";

export const KIND_WORDS: Record<DeviceKind, string> = { courier: "Courier\u2019s phone", locker: "Parts locker" };

/** What a person does on the phone, after the app was chosen. */
export const STEPS: Record<TrackerApp, readonly [string, string, string]> = {
  owntracks_mqtt: [
    "Install OwnTracks on the phone, from its usual shop.",
    "Point the phone\u2019s camera at the code, and open the link it finds.",
    "Allow the location \u201calways\u201d, also while the app is closed.",
  ],
  owntracks_http: [
    "Install OwnTracks on the phone, from its usual shop.",
    "Point the phone\u2019s camera at the code, and open the link it finds.",
    "Allow the location \u201calways\u201d, also while the app is closed.",
  ],
  traccar: [
    "Install Traccar Client on the phone, from its usual shop.",
    "In its settings, read the code, or paste the link as the server\u2019s address.",
    "Allow the location \u201calways\u201d, and switch the service on.",
  ],
};

export const APP_NAMES: Record<TrackerApp, readonly [name: string, way: string]> = {
  owntracks_mqtt: ["OwnTracks", "over MQTT"],
  owntracks_http: ["OwnTracks", "over HTTP"],
  traccar: ["Traccar Client", "over HTTP"],
};

/** What a person types who cannot read the code: [label, value, test id] each. */
export function byHand(link: OnboardingLink, given: DeviceSecretView, secret: string): [string, string, string][] {
  const [address, parameters] = link.link.split("?");
  if (link.app === "traccar") {
    const id = new URLSearchParams(parameters).get("id") ?? given.device.device_id;
    return [
      ["Server address", address ?? "", "device-address"],
      ["Device identifier", id, "device-name"],
    ];
  }
  const { url } = JSON.parse(atob(new URLSearchParams(parameters).get("inline") ?? "")) as { url?: string };
  const values: [string, string, string][] = [
    url ? ["Address", url, "device-address"] : ["Broker", given.mqtt_url, "device-broker"],
    ["User name", given.device.device_id, "device-name"],
    ["Secret (password)", secret, "device-secret-value"],
  ];
  if (given.encryption_key) values.push(["Encryption passphrase", given.encryption_key, "device-passphrase"]);
  return values;
}

/** The devices of one filter that match what was typed, by the name of whoever has them. */
export function shownDevices(
  devices: readonly DeviceView[],
  filter: DeviceFilter,
  words: string,
  ownerName: (device: DeviceView) => string,
): DeviceView[] {
  return devices
    .filter((device) => (device.revoked_at !== null) === (filter === "revoked"))
    .filter((device) => matchesWords([device.device_id, ownerName(device), KIND_WORDS[device.kind]], words))
    .toSorted((one, other) => ownerName(one).localeCompare(ownerName(other)));
}

export function heardWords(device: DeviceView, nowMs: number): string {
  if (device.last_heard_at === null) return "never heard";
  return `heard ${span(Math.max(0, nowMs - Date.parse(device.last_heard_at)))} ago`;
}

/** Whether a device uses the secret that it was given as `given` at a moment. */
export function inUse(given: DeviceView, now: DeviceView | undefined, sinceMs: number): boolean {
  if (now === undefined || now.last_heard_at === null) return false;
  const isPutInForce = given.rotation_ends_at === null || now.rotation_ends_at === null;
  return isPutInForce && Date.parse(now.last_heard_at) >= sinceMs;
}

/** An SVG element as an address that an `<img>` shows: nothing of it can run in the page. */
export function svgAddress(svg: string): string {
  const named = svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml,${encodeURIComponent(named)}`;
}

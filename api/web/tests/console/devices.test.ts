import { expect, test } from "vitest";
import { byHand, heardWords, inUse, shownDevices, svgAddress } from "../../console/state/devices";
import type { DeviceSecretView, DeviceView, OnboardingLink } from "../../shared/contract";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const anna: DeviceView = {
  device_id: "anna",
  kind: "courier",
  added_at: "2026-11-22T10:00:00Z",
  revoked_at: null,
  rotation_ends_at: null,
  last_heard_at: null,
  encrypted: false,
};
const vaduz: DeviceView = { ...anna, device_id: "locker-vaduz", kind: "locker" };
const lost: DeviceView = { ...anna, device_id: "ben", revoked_at: "2026-11-22T11:00:00Z" };
const NAMES: Record<string, string> = { anna: "Anna Frick", ben: "Ben Gut", "locker-vaduz": "Locker Vaduz" };
const nameOf = (device: DeviceView): string => NAMES[device.device_id] ?? "";

function link(app: OnboardingLink["app"], address: string): OnboardingLink {
  return { app, title: app, link: address, qr_svg: "<svg/>" };
}

function owntracks(configuration: object): string {
  return `owntracks:///config?inline=${encodeURIComponent(btoa(JSON.stringify(configuration)))}`;
}

const given: DeviceSecretView = {
  device: anna,
  secret: "s3cret",
  mqtt_url: "mqtts://broker.example:8883",
  command_key: null,
  encryption_key: null,
  onboarding: null,
};

test.each([
  ["in_use", "", ["anna", "locker-vaduz"]],
  ["revoked", "", ["ben"]],
  ["in_use", "frick", ["anna"]],
  ["in_use", "parts locker", ["locker-vaduz"]],
  ["revoked", "frick", []],
] as const)("the devices %s that match %o are %o", (filter, words, ids) => {
  expect(shownDevices([vaduz, lost, anna], filter, words, nameOf).map((device) => device.device_id)).toEqual(ids);
});

test("how long ago a device was heard is said in words", () => {
  expect(heardWords(anna, NOW)).toBe("never heard");
  expect(heardWords({ ...anna, last_heard_at: "2026-11-22T11:59:15Z" }, NOW)).toBe("heard 45 s ago");
});

test.each([
  ["never heard", anna, anna, false],
  ["not in the list", anna, undefined, false],
  ["heard before it had the secret", anna, { ...anna, last_heard_at: "2026-11-22T11:59:59Z" }, false],
  ["heard since", anna, { ...anna, last_heard_at: "2026-11-22T12:00:01Z" }, true],
  [
    "heard, but with the old secret",
    { ...anna, rotation_ends_at: "2026-11-23T12:00:00Z" },
    { ...anna, rotation_ends_at: "2026-11-23T12:00:00Z", last_heard_at: "2026-11-22T12:00:01Z" },
    false,
  ],
  [
    "heard with the new one",
    { ...anna, rotation_ends_at: "2026-11-23T12:00:00Z" },
    { ...anna, last_heard_at: "2026-11-22T12:00:01Z" },
    true,
  ],
])("a device that is %s", (_, then, now, works) => {
  expect(inUse(then, now, NOW)).toBe(works);
});

test("what is typed by hand is what the link holds", () => {
  const mqtt = byHand(link("owntracks_mqtt", owntracks({ host: "broker.example" })), given, "s3cret");
  expect(mqtt.map(([, value]) => value)).toEqual(["mqtts://broker.example:8883", "anna", "s3cret"]);
  const url = "https://fieldstock.example/ingest/owntracks";
  const http = byHand(link("owntracks_http", owntracks({ url })), { ...given, encryption_key: "pass" }, "s3cret");
  expect(http.map(([, value]) => value)).toEqual([url, "anna", "s3cret", "pass"]);
  const traccar = byHand(link("traccar", "https://f.example/ingest/osmand/s3cret?id=anna&interval=15"), given, "s3cret");
  expect(traccar.map(([, value]) => value)).toEqual(["https://f.example/ingest/osmand/s3cret", "anna"]);
});

test("an SVG without a namespace becomes an address that an image can show", () => {
  const address = svgAddress('<svg viewBox="0 0 9 9"><path d="M0 0"/></svg>');
  expect(decodeURIComponent(address)).toBe(
    'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0"/></svg>',
  );
});

// The phone's positions while on shift: kept first, then sent in batches, forgotten when durable.
import { signal } from "@preact/signals";
import { post } from "../../shared/api";
import type { DriverFix, DriverFixes, FixesAccepted } from "../../shared/contract";
import { uuid7 } from "../../shared/uuid7";
import { ApiError } from "../../shared/wire";
import { addFix, forgetFixes, oldestFixes, type StoredFix } from "./db";
import { firstRun } from "./runs";

export type LocationState = "off" | "waiting" | "on" | "denied" | "unavailable";

const SHORTEST_INTERVAL_MS = 3_000;
const UPLOAD_MS = 10_000;
const BATCH = 500;
const MAX_BATCHES = 20;

export const locationState = signal<LocationState>("off");

/** Watches and sends until the returned function is called. */
export function shareLocation(courierId: string): () => void {
  if (!("geolocation" in navigator)) {
    locationState.value = "unavailable";
    return () => undefined;
  }
  locationState.value = "waiting";
  const bootId = uuid7();
  let seq = 0;
  let lastMs = 0;
  const watch = navigator.geolocation.watchPosition(
    (position) => {
      locationState.value = "on";
      if (position.timestamp - lastMs < SHORTEST_INTERVAL_MS) return;
      lastMs = position.timestamp;
      const stored = { courier_id: courierId, boot_id: bootId, seq, fix: fixOf(position) };
      seq += 1;
      addFix(stored).catch((error: unknown) => console.error("A position could not be kept.", error));
    },
    (error) => {
      locationState.value = error.code === error.PERMISSION_DENIED ? "denied" : "waiting";
    },
    { enableHighAccuracy: true, maximumAge: 2_000, timeout: 30_000 },
  );
  const timer = setInterval(() => void uploadQuietly(courierId), UPLOAD_MS);
  return () => {
    navigator.geolocation.clearWatch(watch);
    clearInterval(timer);
    locationState.value = "off";
    void uploadQuietly(courierId);
  };
}

function fixOf({ coords, timestamp }: GeolocationPosition): DriverFix {
  return {
    fix_at: new Date(timestamp).toISOString(),
    lat_deg: coords.latitude,
    lon_deg: coords.longitude,
    accuracy_m: coords.accuracy,
    speed_mps: coords.speed,
    bearing_deg: coords.heading === null || Number.isNaN(coords.heading) ? null : coords.heading,
    altitude_m: coords.altitude,
    battery_pct: null,
  };
}

let uploading = false;

/** Positions that cannot be sent now are sent later: only the badge of the connection tells. */
export async function uploadQuietly(courierId: string): Promise<void> {
  if (uploading) return;
  uploading = true;
  try {
    for (let round = 0; round < MAX_BATCHES; round += 1) {
      const run = firstRun(await oldestFixes(BATCH), courierId);
      if (run.length === 0) return;
      await upload(run);
    }
  } catch (error) {
    console.warn("Positions wait to be sent.", error);
  } finally {
    uploading = false;
  }
}

async function upload(run: readonly StoredFix[]): Promise<void> {
  const [first] = run;
  if (!first) return;
  const body: DriverFixes = {
    boot_id: first.boot_id,
    first_seq: first.seq,
    sent_at: new Date().toISOString(),
    fixes: run.map(({ fix }) => fix),
  };
  try {
    await post<FixesAccepted>("/v1/driver/fixes", body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    console.error("The server refuses these positions for good; they are dropped.", error.problem);
  }
  await forgetFixes(run);
}

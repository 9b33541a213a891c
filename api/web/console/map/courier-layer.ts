// Couriers on the map: each frame while somebody moves, each second for freshness.
import { serverNowMs } from "../../shared/clock";
import type { CourierView, PositionView } from "../../shared/contract";
import { freshnessOf } from "../state/freshness";
import { onPosition, positionOf } from "../state/positions";
import { point, type Collection, type LonLat } from "./features";
import { Motion } from "./motion";

const FRAME_MS = 33;

export interface CourierLook {
  courier: CourierView;
  colour: string;
  selected: boolean;
}

export class CourierLayer {
  private readonly motion = new Motion();
  private readonly heardAtMs = new Map<string, number>();
  private looks = new Map<string, CourierLook>();
  private frame = 0;
  private drawnAtMs = 0;
  private readonly stopHearing: () => void;
  private readonly freshnessTimer: ReturnType<typeof setInterval>;

  constructor(private readonly draw: (couriers: Collection) => void) {
    this.stopHearing = onPosition((id, position) => this.heard(id, position));
    this.freshnessTimer = setInterval(() => this.wake(), 1_000);
  }

  setCouriers(looks: readonly CourierLook[]): void {
    this.looks = new Map(looks.map((look) => [look.courier.courier_id, look]));
    this.motion.keepOnly(new Set(this.looks.keys()));
    for (const id of this.looks.keys()) {
      const position = positionOf(id);
      if (position && !this.motion.poseAt(id, performance.now())) this.heard(id, position);
    }
    this.wake();
  }

  placeOf(id: string): LonLat | null {
    const pose = this.motion.poseAt(id, performance.now());
    return pose && [pose.lonDeg, pose.latDeg];
  }

  stop(): void {
    this.stopHearing();
    clearInterval(this.freshnessTimer);
    cancelAnimationFrame(this.frame);
  }

  private heard(id: string, position: PositionView): void {
    const now = performance.now();
    const { lat_deg: latDeg, lon_deg: lonDeg } = position.coordinate;
    const standsStill = position.speed_mps !== null && position.speed_mps < 0.5;
    const bearingDeg = standsStill ? null : position.bearing_deg;
    this.motion.heard(id, { lonDeg, latDeg, bearingDeg }, now - (this.heardAtMs.get(id) ?? now), now);
    this.heardAtMs.set(id, now);
    this.wake();
  }

  /** However many fixes arrive, one drawing a frame, and none while nobody moves. */
  private wake(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.onFrame);
  }

  private readonly onFrame = (now: number): void => {
    this.frame = 0;
    if (now - this.drawnAtMs >= FRAME_MS) {
      this.drawnAtMs = now;
      this.draw(this.features(now));
    }
    if (this.motion.isMovingAt(now)) this.wake();
  };

  private features(now: number): Collection {
    const wallMs = serverNowMs();
    const features: GeoJSON.Feature[] = [];
    for (const [id, { courier, colour, selected }] of this.looks) {
      const pose = this.motion.poseAt(id, now);
      const position = positionOf(id);
      if (!pose || !position) continue;
      const shape = pose.bearingDeg === null ? "dot" : "arrow";
      features.push(
        point([pose.lonDeg, pose.latDeg], {
          id,
          name: courier.display_name.split(" ")[0] ?? courier.display_name,
          icon: `courier-${freshnessOf(position.fix_at, wallMs)}-${shape}`,
          bearing: pose.bearingDeg ?? 0,
          colour,
          selected,
        }),
      );
    }
    return { type: "FeatureCollection", features };
  }
}

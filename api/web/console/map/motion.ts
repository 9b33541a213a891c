// Moves markers smoothly from fix to fix: positions and bearings between the last two that were heard.

export interface Pose {
  lonDeg: number;
  latDeg: number;
  /** Null while no direction of travel is known. */
  bearingDeg: number | null;
}

interface Leg {
  from: Pose;
  to: Pose;
  startMs: number;
  durationMs: number;
}

const SHORTEST_MS = 300;
const LONGEST_MS = 6_000;
const JUMP_DEG = 0.03;

export class Motion {
  private readonly legs = new Map<string, Leg>();

  /** A new fix: the marker glides there in the time that passed since the fix before; far jumps are jumps. */
  heard(id: string, to: Pose, sinceLastMs: number, nowMs: number): void {
    const from = this.poseAt(id, nowMs);
    const bearingDeg = to.bearingDeg ?? (from && travelled(from, to)) ?? from?.bearingDeg ?? null;
    const target = { ...to, bearingDeg };
    const jumps = !from || Math.hypot(to.lonDeg - from.lonDeg, to.latDeg - from.latDeg) > JUMP_DEG;
    const durationMs = jumps ? 0 : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, sinceLastMs));
    this.legs.set(id, { from: from ?? target, to: target, startMs: nowMs, durationMs });
  }

  poseAt(id: string, nowMs: number): Pose | null {
    const leg = this.legs.get(id);
    if (!leg) return null;
    const share = leg.durationMs === 0 ? 1 : Math.min(1, (nowMs - leg.startMs) / leg.durationMs);
    return between(leg.from, leg.to, share);
  }

  isMovingAt(nowMs: number): boolean {
    for (const leg of this.legs.values()) if (nowMs < leg.startMs + leg.durationMs) return true;
    return false;
  }

  ids(): IterableIterator<string> {
    return this.legs.keys();
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.legs.keys()) if (!ids.has(id)) this.legs.delete(id);
  }
}

function between(from: Pose, to: Pose, share: number): Pose {
  const mixed = (one: number, other: number): number => one + (other - one) * share;
  return {
    lonDeg: mixed(from.lonDeg, to.lonDeg),
    latDeg: mixed(from.latDeg, to.latDeg),
    bearingDeg: turned(from.bearingDeg, to.bearingDeg, share),
  };
}

/** Turns the short way round: from 350 to 10 degrees over north. */
function turned(from: number | null, to: number | null, share: number): number | null {
  if (from === null || to === null) return to;
  const turnDeg = ((to - from + 540) % 360) - 180;
  return (from + turnDeg * Math.min(1, share * 2) + 360) % 360;
}

/** The direction from one pose to the next; null for what may be noise of the receiver (about 10 m). */
function travelled(from: Pose, to: Pose): number | null {
  const east = (to.lonDeg - from.lonDeg) * Math.cos((to.latDeg * Math.PI) / 180);
  const north = to.latDeg - from.latDeg;
  if (Math.hypot(east, north) < 0.0001) return null;
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

// What could not be read, in words: the reasons' codes, and payloads laid out for the eye.
import type { LetterCounts, ReplayedLetters } from "../../shared/contract";
import { humanised, plural } from "../../shared/format";

const REASONS: Record<string, [title: string, hint: string]> = {
  decoder_failed: ["Our reader failed", "A fault of this program: read it again after the next update."],
  encrypted: ["Encrypted, without the right key", "Give the phone a new secret, or switch its encryption off."],
  entry_forgotten: ["No longer in the journal", "What it belonged to is past its retention."],
  invalid_device: ["Sent as somebody else", "The name in the message is not the device\u2019s own."],
  invalid_field: ["A field has an impossible value", "The sending app or locker writes something it should not."],
  invalid_fix: ["The phone calls its position invalid", "Mostly a phone without sight of the sky."],
  invalid_value: ["A value is out of range", "The sending app or locker writes something it should not."],
  malformed_json: ["Not written as JSON", "Cut off on the way, or another protocol."],
  mock_location: ["Position made up by another app", "Talk with the courier: the phone has a mock location on."],
  nothing_in_it: ["Nothing in it to be stored", "It can be thrown away."],
  store_refused: ["The store of fixes refused it", "Read it again once the store is mended."],
  too_large: ["Larger than a message may be", "It can be thrown away."],
  unknown_device: ["From a device nobody knows", "Add the device, then read it again."],
  unknown_topic: ["On a topic nobody listens to", "It can be thrown away."],
};

export interface LetterGroup {
  code: string;
  title: string;
  hint: string;
  count: number;
}

export function lettersCount({ reasons }: LetterCounts): number {
  return Object.values(reasons).reduce((sum, count) => sum + count, 0);
}

/** One group for each reason, the largest first. */
export function letterGroups({ reasons }: LetterCounts): LetterGroup[] {
  return Object.entries(reasons)
    .map(([code, count]) => groupOf(code, count))
    .toSorted((one, other) => other.count - one.count || one.code.localeCompare(other.code));
}

function groupOf(code: string, count: number): LetterGroup {
  const [title, hint] = REASONS[code] ?? [humanised(code), ""];
  return { code, title, hint, count };
}

/** The reason without its code, which the group says already. */
export function detailOf(reason: string): string {
  const colon = reason.indexOf(":");
  return colon < 0 ? reason : reason.slice(colon + 1).trim();
}

/** JSON indented; anything else as it came. */
export function laidOut(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

/** What two readings came to together. */
export function together(first: ReplayedLetters, second: ReplayedLetters): ReplayedLetters {
  return {
    ...second,
    read: first.read + second.read,
    stored: first.stored + second.stored,
    duplicate: first.duplicate + second.duplicate,
    still_unreadable: first.still_unreadable + second.still_unreadable,
  };
}

/** What became of a second reading, in a sentence. */
export function replayWords({ read, stored, duplicate, still_unreadable: still, more }: ReplayedLetters): string {
  if (read === 0) return `${plural(still, "message")} still cannot be read.${more ? " There are more." : ""}`;
  const parts = [
    `${plural(read, "message")} read`,
    `${stored} stored`,
    duplicate > 0 ? `${duplicate} known already` : null,
    still > 0 ? `${still} still unreadable` : null,
  ];
  return `${parts.filter(Boolean).join(", ")}.${more ? " There are more: press again." : ""}`;
}

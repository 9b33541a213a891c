// How times, spans and kinds are written for people.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

export function clockTime(at: string | number): string {
  return CLOCK.format(new Date(at));
}

/** `10:05 – 10:20`; null where that is not known, or both are the same minute. */
export function clockRange(from: string | null, until: string | null): string | null {
  if (from === null || until === null || clockTime(from) === clockTime(until)) return null;
  return `${clockTime(from)} \u2013 ${clockTime(until)}`;
}

/** The clock time, with the day in front when it is not today's. */
export function dayAndTime(at: string, nowMs: number): string {
  const date = new Date(at);
  const sameDay = date.toDateString() === new Date(nowMs).toDateString();
  return sameDay ? clockTime(at) : `${DAY.format(date)}, ${clockTime(at)}`;
}

/** `h:mm:ss`, with a minus sign for what is over. */
export function countdown(spanMs: number): string {
  const total = Math.floor(Math.abs(spanMs) / 1_000);
  const hours = Math.floor(total / 3_600);
  const minutes = String(Math.floor((total % 3_600) / 60)).padStart(2, "0");
  const seconds = String(total % 60).padStart(2, "0");
  const sign = spanMs < 0 && total > 0 ? "\u2212" : "";
  return `${sign}${hours}:${minutes}:${seconds}`;
}

/** `45 s`, `12 min`, `3 h 05`: the coarse length of a span. */
export function span(spanMs: number): string {
  const seconds = Math.round(Math.abs(spanMs) / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.round(hours / 24)} d`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
}

/** `door_opened` -> `Door opened`. */
export function humanised(code: string): string {
  const words = code.replace(/[._-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function speedKmh(speedMps: number | null): string | null {
  return speedMps === null ? null : `${Math.round(speedMps * 3.6)} km/h`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

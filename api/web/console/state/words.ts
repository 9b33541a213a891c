// Whether a text holds what somebody typed to find it.

/** Every word must occur somewhere in what a person sees of a thing. */
export function matchesWords(texts: readonly string[], wanted: string): boolean {
  const text = texts.join(" ").toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

// Reads server-sent events (WHATWG HTML, section 9.2) out of a byte stream's text chunks.

export interface ServerSentEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Collects chunks and returns the events that are complete; a comment or a partial event returns none. */
export class SseParser {
  private buffer = "";
  private id: string | null = null;
  private event = "";
  private data: string[] = [];

  push(chunk: string): ServerSentEvent[] {
    this.buffer += chunk;
    const events: ServerSentEvent[] = [];
    for (;;) {
      const line = this.takeLine();
      if (line === null) return events;
      const event = this.readLine(line);
      if (event) events.push(event);
    }
  }

  /** A lone CR at the buffer's end may be half of a CRLF: it waits for the next chunk. */
  private takeLine(): string | null {
    const end = this.buffer.search(/[\r\n]/);
    if (end < 0) return null;
    if (this.buffer[end] === "\r" && end === this.buffer.length - 1) return null;
    const width = this.buffer.startsWith("\r\n", end) ? 2 : 1;
    const line = this.buffer.slice(0, end);
    this.buffer = this.buffer.slice(end + width);
    return line;
  }

  private readLine(line: string): ServerSentEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    if (field === "event") this.event = value;
    if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): ServerSentEvent | null {
    const { id, event, data } = this;
    this.id = null;
    this.event = "";
    this.data = [];
    return data.length === 0 ? null : { id, event: event || "message", data: data.join("\n") };
  }
}

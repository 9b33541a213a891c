import { expect, test } from "vitest";
import { SseParser } from "../shared/sse";

const STREAM =
  ": still here\n\n" +
  "id: 7\nevent: order.created\ndata: {\"number\":\ndata: \"ORD-1\"}\n\n" +
  "event: courier.position\r\ndata:{}\r\n\r\n" +
  "id: 8\r\rdata: last\r\r\n";

const EVENTS = [
  { id: "7", event: "order.created", data: '{"number":\n"ORD-1"}' },
  { id: null, event: "courier.position", data: "{}" },
  { id: null, event: "message", data: "last" },
];

test("a stream is read the same however it is cut into chunks", () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    const parser = new SseParser();
    const events = [];
    for (let from = 0; from < STREAM.length; from += size) events.push(...parser.push(STREAM.slice(from, from + size)));
    expect(events, `chunks of ${size}`).toEqual(EVENTS);
  }
});

test("an event that is not complete waits", () => {
  const parser = new SseParser();
  expect(parser.push("data: half")).toEqual([]);
  expect(parser.push("\n")).toEqual([]);
  expect(parser.push("\n")).toHaveLength(1);
});

test("an event without data is none, and leaves nothing behind", () => {
  expect(new SseParser().push("event: x\nid: 3\n\ndata: y\n\n")).toEqual([{ id: null, event: "message", data: "y" }]);
});

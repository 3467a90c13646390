/**
 * Reads a million answers that nobody asked for, and then one of a gigabyte, and prints what is recorded.
 *
 * A process of its own, so that it can run with a small heap: one that keeps what passes ends.
 *
 * @module
 */

import type { CallRecord } from "../../../functions/mcp/records/call_record.ts";
import { buildEventStream } from "../../../functions/mcp/records/event_stream.ts";
import { buildOpenExchange, type Exchange } from "../../../functions/mcp/records/exchange.ts";
import { buildOpenCalls } from "../../../functions/mcp/records/open_calls.ts";
import { toAlignedText } from "../../../functions/mcp/records/search.ts";
import { buildServer } from "../database/records.ts";

const IDS = 1_000_000;
const MEGABYTE = 1024 ** 2;

const encoder = new TextEncoder();
const recorded: CallRecord[] = [];
const openCalls = buildOpenCalls(Date.now);
const open = buildOpenExchange({
  recorder: { add: (record) => void recorded.push(record), lose: (count) => Deno.exit(count) },
  openCalls,
  now: Date.now,
});

const many = begin();
const events = buildEventStream(many.answer({ status: 200, kind: "events", declaredBytes: 0 })!);
for (let id = 2; id < IDS + 2; id += 100) {
  const answers = Array.from({ length: 100 }, (_, at) => `data: {"id":${id + at},"result":{"a":1}}\n\n`);
  const piece = encoder.encode(answers.join(""));
  events.push(piece, toAlignedText(piece));
}

const large = begin();
const scanner = large.answer({ status: 200, kind: "json", declaredBytes: 0 })!;
const piece = encoder.encode("x".repeat(MEGABYTE));
const text = toAlignedText(piece)!;
scanner.push(encoder.encode('{"result":{"content":[{"type":"text","text":"'));
for (let count = 0; count < 1024; count++) {
  scanner.push(piece, text);
}
scanner.push(encoder.encode('"}],"isError":true},"id":1}'));

many.end("broken");
openCalls.endAll();
// deno-lint-ignore no-console
console.log(JSON.stringify(recorded.map(({ outcome, result }) => [outcome, result])));

/** The exchange of a call that has just been forwarded. */
function begin(): Exchange {
  const exchange = open(
    new Request("http://edge/mcp/demo", { method: "POST" }),
    buildServer({ record_payloads: "all" }),
  );
  exchange.identify({ userId: "mcpu_1", clientId: null });
  exchange.seeRequest(encoder.encode('{"id":1,"method":"tools/call","params":{"name":"add"}}'), true);
  exchange.begin([]);
  return exchange;
}

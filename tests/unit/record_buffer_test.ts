import { assertEquals } from "@std/assert";
import { unavailable } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import type { CallRecord } from "../../functions/mcp/records/call_record.ts";
import { buildRecordBuffer, type RecordBuffer } from "../../functions/mcp/records/record_buffer.ts";
import { type Answers, type FakeDatabase, fakeDatabase } from "../support/database/fake_database.ts";
import { collectLog, type LogLine } from "../support/stack/log_lines.ts";

const RECORD: CallRecord = {
  organizationId: "org_1",
  serverId: "mcps_1",
  userId: "mcpu_1",
  mcpSessionId: "session-1",
  clientId: "client-1",
  method: "tools/call",
  name: "add",
  clientInfo: null,
  startedAt: Date.parse("2026-11-23T09:00:00.123Z"),
  milliseconds: 7,
  outcome: "ok",
  errorCode: null,
  httpStatus: 200,
  bytesIn: 10,
  bytesOut: 20,
  arguments: null,
  result: null,
};
const RECORDED = { outcome: "recorded", recorded: 1, left_out: 0 };

interface Scene {
  buffer: RecordBuffer;
  database: FakeDatabase;
  logged: LogLine[];
  /** What each timer that runs waits for. */
  timers: Map<() => void, number>;
  /** How many promises keep the worker alive. */
  countKept: () => number;
  /** Lets the timer that runs end, and what it does. */
  tick: () => Promise<void>;
  /** The records of each batch, by their tool. */
  batches: () => string[][];
}

function setScene(answer: Answers["record_mcp_calls"] = RECORDED): Scene {
  const database = fakeDatabase({ record_mcp_calls: answer! });
  const { log, logged } = collectLog();
  const timers = new Map<() => void, number>();
  let kept = 0;
  const buffer = buildRecordBuffer({
    database,
    log,
    after: (milliseconds, step) => {
      timers.set(step, milliseconds);
      return () => timers.delete(step);
    },
    keepRunning: (work) => {
      kept++;
      work.then(() => kept--);
    },
  });
  return {
    buffer,
    database,
    logged,
    timers,
    countKept: () => kept,
    tick: async () => {
      const [step] = timers.keys();
      timers.clear();
      step?.();
      await settle();
    },
    batches: () =>
      database.calls.map(({ args }) => (args["p_calls"] as { name: string }[]).map(({ name }) => name)),
  };
}

/** Lets everything happen that waits for nothing from outside. */
async function settle(): Promise<void> {
  // A hash is computed by another thread.
  hashSecret("settle");
  await new Promise((resolve) => setTimeout(resolve, 0));
  hashSecret("settle");
  await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("a record goes out a second later, as SQL takes it, and keeps the worker alive until then", async () => {
  const { buffer, database, timers, countKept, tick } = setScene();

  buffer.add(RECORD);
  buffer.add({ ...RECORD, clientInfo: { name: "c", version: "1" }, mcpSessionId: null });

  assertEquals([database.calls.length, [...timers.values()], countKept()], [0, [1000], 1]);
  await tick();
  const row = {
    organization_id: "org_1",
    mcp_server_id: "mcps_1",
    mcp_server_user_id: "mcpu_1",
    session_hash: hashSecret("session-1"),
    client_id: "client-1",
    method: "tools/call",
    name: "add",
    started_at: "2026-11-23T09:00:00.123Z",
    milliseconds: 7,
    outcome: "ok",
    error_code: null,
    http_status: 200,
    bytes_in: 10,
    bytes_out: 20,
    arguments: null,
    result: null,
  };
  assertEquals(database.calls, [{
    name: "record_mcp_calls",
    args: { p_calls: [row, { ...row, session_hash: null, client_name: "c", client_version: "1" }] },
  }]);
  assertEquals([countKept(), timers.size], [0, 0]);
});

Deno.test("200 records go out at once, one batch after the other", async () => {
  const { buffer, batches, timers } = setScene();

  for (let count = 0; count < 450; count++) {
    buffer.add(RECORD);
  }
  await settle();
  await settle();

  assertEquals([batches().map(({ length }) => length), [...timers.values()]], [[200, 200], [1000]]);
});

Deno.test("while the database is out of reach records wait, ever longer, and go out when it is back", async () => {
  let isBack = false;
  const scene = setScene(() => {
    if (!isBack) {
      throw unavailable("Cannot answer now", "database_unavailable");
    }
    return RECORDED;
  });

  scene.buffer.add({ ...RECORD, name: "first" });
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    waits.push(...scene.timers.values());
    await scene.tick();
  }
  scene.buffer.add({ ...RECORD, name: "second" });
  isBack = true;
  await scene.tick();

  assertEquals(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assertEquals([scene.batches().at(-1), scene.logged, scene.countKept()], [["first", "second"], [], 0]);
});

Deno.test("what is beyond the buffer is lost, of the organization that has most, and the log says how much", async () => {
  let isBack = false;
  let sent: string[] = [];
  const scene = setScene(({ p_calls }) => {
    if (!isBack) {
      throw unavailable("Cannot answer now", "database_unavailable");
    }
    sent = [...sent, ...(p_calls as Record<string, unknown>[]).map(({ name }) => String(name))];
    return RECORDED;
  });
  scene.buffer.add({ ...RECORD, organizationId: "org_quiet", name: "quiet" });
  await scene.tick();

  for (let count = 0; count < 6000; count++) {
    scene.buffer.add({ ...RECORD, name: `${count}` });
  }
  for (let count = 0; count < 50; count++) {
    scene.buffer.add({
      ...RECORD,
      organizationId: "org_large",
      name: "large",
      arguments: "x".repeat(200_000),
    });
  }
  isBack = true;
  await scene.buffer.flush();

  const lost = scene.logged.map(({ reason, detail }) => [reason, (detail as { lost: number }).lost]);
  assertEquals(lost, [["records_lost", 6051 - sent.length]]);
  const large = sent.filter((name) => name === "large");
  assertEquals([sent[0], sent.length, large.length], ["quiet", 5000, 13]);
});

Deno.test("few records that are large are bounded, too", async () => {
  const scene = setScene();

  for (let count = 0; count < 50; count++) {
    scene.buffer.add({ ...RECORD, arguments: "x".repeat(200_000) });
  }
  await scene.tick();

  assertEquals(scene.batches().map(({ length }) => length), [39]);
});

Deno.test("a batch that SQL refuses is lost, said once, and the next one is sent", async () => {
  let round = 0;
  const scene = setScene(() => {
    if (++round === 1) {
      throw new Error("a bug");
    }
    return { ...RECORDED, left_out: 2 };
  });

  scene.buffer.add(RECORD);
  await scene.tick();
  scene.buffer.add(RECORD);
  await scene.tick();

  assertEquals(scene.logged.map(({ reason, detail }) => [reason, detail]), [
    ["records_refused", {}],
    ["records_lost", { lost: 1 }],
    ["records_left_out", { left_out: 2 }],
  ]);
});

Deno.test("a flush sends all there is, and gives up what the database does not take", async () => {
  const working = setScene();
  const broken = setScene(unavailable("Cannot answer now", "database_unavailable"));
  for (const { buffer } of [working, broken]) {
    for (let count = 0; count < 150; count++) {
      buffer.add(RECORD);
    }
    await buffer.flush();
    await settle();
  }

  assertEquals([working.batches().map(({ length }) => length), working.timers.size, working.countKept()], [
    [150],
    0,
    0,
  ]);
  assertEquals([broken.logged.map(({ detail }) => detail), broken.timers.size, broken.countKept()], [
    [{ lost: 150 }],
    0,
    0,
  ]);
});

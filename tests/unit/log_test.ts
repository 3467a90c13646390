import { assertEquals, assertMatch } from "@std/assert";
import type { LogEntry } from "../../functions/_shared/log.ts";
import { collectLog } from "../support/stack/log_lines.ts";

const ENTRY: LogEntry = {
  requestId: "request-1",
  endpoint: "oauth-token",
  server: "demo",
  status: 400,
  reason: "code_replayed",
  milliseconds: 12,
};

Deno.test("an entry is one JSON line of fixed fields", () => {
  const { log, logged } = collectLog();

  log({ ...ENTRY, token: "secret" } as LogEntry);

  assertEquals(logged, [{
    level: "info",
    request_id: "request-1",
    endpoint: "oauth-token",
    server: "demo",
    status: 400,
    reason: "code_replayed",
    ms: 12,
  }]);
});

Deno.test("a 5xx is an error", () => {
  const { log, logged } = collectLog();

  log({ ...ENTRY, status: 503 });

  assertEquals(logged[0]?.["level"], "error");
});

Deno.test("bad news that leaves as a redirect is an error, a refusal that does is none", () => {
  const { log, logged } = collectLog();

  log({ ...ENTRY, status: 303, failure: 500 });
  log({ ...ENTRY, status: 303, failure: 403 });

  assertEquals(logged.map(({ level }) => level), ["error", "info"]);
});

Deno.test("a detail is told in words of fixed lists and numbers, and nothing else of it", () => {
  const { log, logged } = collectLog();

  log({
    ...ENTRY,
    detail: {
      step: "token",
      status: 400,
      error_code: "invalid_grant",
      member: null,
      issuer: "https://login.example.com",
      planted: "text of the provider",
    },
  });

  assertEquals(logged[0]?.["detail"], { step: "token", status: 400, error_code: "invalid_grant" });
});

Deno.test("causes are told by name, code and place, never by message", () => {
  const { log, logged } = collectLog();
  const inner = Object.assign(new TypeError("secret-1 person@example.com"), { code: "23505" });

  log({ ...ENTRY, status: 500, cause: new Error("secret-2", { cause: inner }) });

  const cause = String(logged[0]?.["cause"]);
  assertMatch(cause, /^Error at .*log_test\.ts.* < TypeError 23505 at .*log_test\.ts/);
  assertEquals(/secret|person@/.test(cause), false);
});

Deno.test("a message of several lines does not reach the log through the stack", () => {
  const { log, logged } = collectLog();

  log({ ...ENTRY, status: 500, cause: new Error("first\nat secret-place") });

  assertEquals(String(logged[0]?.["cause"]).includes("secret"), false);
});

Deno.test("a cause that is no error is left out", () => {
  const { log, logged } = collectLog();

  log({ ...ENTRY, cause: "secret" });

  assertEquals("cause" in logged[0]!, false);
});

Deno.test("a circle of causes ends", () => {
  const { log, logged } = collectLog();
  const error = new Error("round");
  error.cause = error;

  log({ ...ENTRY, cause: error });

  assertEquals(String(logged[0]?.["cause"]).split(" < ").length, 5);
});

/**
 * What the console makes of rows: a file for a spreadsheet, the steps of a login, and texts that others wrote.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { toCsv } from "../../supabase/console/data/csv.ts";
import { type EndedAttempt, findFailingLogins } from "../../supabase/console/data/failing_logins.ts";
import { isRequestId, type KnownLogin, listSteps } from "../../supabase/console/data/login_steps.ts";

Deno.test("a file has a line for each row, and quotes what would end a cell", () => {
  const file = toCsv(["a", "b"], [{ a: 1, b: 'say "x", then\ny' }, { a: null, b: { key: [1] } }]);

  assertEquals(file, '\ufeffa,b\r\n1,"say ""x"", then\ny"\r\n,"{""key"":[1]}"\r\n');
});

Deno.test("no cell of a file is a formula, however it begins", () => {
  const texts = [
    ...["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1"],
    ...["\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "\u202e=1"],
  ];
  for (const text of texts) {
    const cell = toCsv(["a"], [{ a: text }]).slice("\ufeffa\r\n".length, -"\r\n".length);

    assertEquals(cell, `"'${text}"`, JSON.stringify(text));
  }
});

Deno.test("a text that is no formula stays as it is", () => {
  assertEquals(
    toCsv(["a"], [{ a: "a=b" }, { a: "ada@example.com" }]),
    "\ufeffa\r\na=b\r\nada@example.com\r\n",
  );
});

/** What became of each stage, in short. */
function describe(login: Partial<KnownLogin>): string {
  const known = { outcome: "failed", reason: null, step: null, began_at: null, ended_at: null, ...login };
  return listSteps(known).map(({ state }) => state).join(", ");
}

Deno.test("a login's steps say where it stopped", () => {
  const cases: [Partial<KnownLogin>, string][] = [
    [{ outcome: "completed", reason: "matched" }, "done, done, done, done"],
    [{ outcome: "under way" }, "done, waiting, not reached, not reached"],
    [
      { outcome: "abandoned", reason: "provider_sent_nobody_back" },
      "done, failed, not reached, not reached",
    ],
    [{ outcome: "abandoned", reason: "callback_did_not_finish" }, "done, done, failed, not reached"],
    [{ reason: "session_other_browser" }, "done, failed, not reached, not reached"],
    [{ reason: "upstream_denied", step: "authorization" }, "done, failed, not reached, not reached"],
    [{ reason: "upstream_refused", step: "token" }, "done, done, failed, not reached"],
    [{ reason: "tenant_not_allowed" }, "done, done, failed, not reached"],
    [{ reason: "user_blocked" }, "done, done, done, failed"],
  ];
  for (const [login, steps] of cases) {
    assertEquals(describe(login), steps, JSON.stringify(login));
  }
});

Deno.test("a text of a URL is no request id unless it can be one", () => {
  assertEquals(isRequestId(crypto.randomUUID()), true);
  assertEquals(["", "a,b", "{a}", '"', "a b", "a".repeat(101)].filter(isRequestId), []);
});

/** Logins at a server, as outcome or reason of the failure, the newest first. */
function attempt(server: string, outcomes: string[]): EndedAttempt[] {
  return outcomes.map((outcome, index) => ({
    mcp_server_id: `mcps_${server}`,
    server,
    outcome: ["completed", "abandoned", "under way"].includes(outcome) ? outcome : "failed",
    reason: outcome,
    request_id: `${server}-${index}`,
  }));
}

Deno.test("logins fail at a server where the newest failed for a reason that the owner mends", () => {
  const attempts = [
    ...attempt("broken", [
      "under way",
      "upstream_refused",
      "upstream_denied",
      "subject_missing",
      "completed",
    ]),
    ...attempt("mended", ["completed", "upstream_refused", "upstream_refused"]),
    ...attempt("new", ["client_secret_unreadable"]),
    ...attempt("of people", ["upstream_denied", "user_blocked", "session_replayed", "abandoned"]),
  ];

  assertEquals(findFailingLogins(attempts), [
    { serverId: "mcps_broken", server: "broken", logins: 2, requestId: "broken-1" },
    { serverId: "mcps_new", server: "new", logins: 1, requestId: "new-0" },
  ]);
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { approve, openBrowser, reachCallback } from "../support/client/browser.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

/** The audit of a scene's logins, oldest first. */
async function readAudit({ tenant }: Scene): Promise<Record<string, unknown>[]> {
  return await stack.sql`
    select event, reason, request_id, detail from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event like 'login%' order by id`;
}

/** The line of log of a request. */
async function findLine(requestId: string): Promise<Record<string, unknown>> {
  const lines = (await Deno.readTextFile(stack.logFile)).split("\n");
  return JSON.parse(lines.find((line) => line.includes(`"request_id":"${requestId}"`)) ?? "{}");
}

Deno.test("a login that a provider refuses is found in audit and log by the request id of its answer, with what was wrong", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, (await attemptAuthorization(scene.client)).url);
  const body = { error: "invalid_client", error_description: "secret-from-the-provider" };
  scene.provider.program({ faults: { token: { kind: "json", status: 401, body } } });

  const response = await browser.get(callback);
  await response.body?.cancel();

  const requestId = response.headers.get("X-Request-Id")!;
  const [failed] = await readAudit(scene);
  const { step, status, error_code } = failed!["detail"] as Record<string, unknown>;
  assertEquals([failed!["event"], failed!["request_id"]], ["login_failed", requestId]);
  assertEquals({ step, status, error_code }, { step: "token", status: 401, error_code: "invalid_client" });
  assertEquals(JSON.stringify(failed).includes("secret-from"), false);
  const line = await findLine(requestId);
  assertEquals([line["level"], line["reason"], line["status"]], ["error", failed!["reason"], 303]);
});

Deno.test("each event of a login has the request id of the request that caused it", async () => {
  await using scene = await setScene(stack);

  await logIn(scene);

  const events = await readAudit(scene);
  assert(events.length > 0);
  for (const { request_id } of events) {
    assertMatch(String(request_id), /^[0-9a-f-]{36}$/);
    assertEquals((await findLine(String(request_id)))["reason"], "ok");
  }
});

const ABANDONED: [name: string, claimed: boolean, reason: string][] = [
  ["the provider sends nobody back", false, "provider_sent_nobody_back"],
  ["the callback does not finish", true, "callback_did_not_finish"],
];
for (const [name, claimed, reason] of ABANDONED) {
  Deno.test(`a login that began and never ended is told when it is cleaned up: ${name}`, async () => {
    await using scene = await setScene(stack);
    await approve(openBrowser(), (await attemptAuthorization(scene.client)).url);
    const [session] = await stack.sql`
      update public.mcp_authorization_sessions
      set expires_at = now() - interval '2 hours',
          claimed_at = case when ${claimed} then now() - interval '2 hours' end
      where organization_id = ${scene.tenant.organizationId}
      returning request_id`;

    await stack.sql`select public.purge_expired(1000)`;

    const [abandoned, ...others] = await readAudit(scene);
    assertEquals(
      [abandoned!["event"], abandoned!["reason"], abandoned!["request_id"], others.length],
      ["login_abandoned", reason, session!["request_id"], 0],
    );
    assertEquals((await findLine(String(session!["request_id"])))["endpoint"], "oauth-authorize");
  });
}

Deno.test("a login that ended is not told as abandoned", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now() - interval '2 hours'
    where organization_id = ${scene.tenant.organizationId}`;

  await stack.sql`select public.purge_expired(1000)`;

  assertEquals((await readAudit(scene)).filter(({ event }) => event === "login_abandoned"), []);
});

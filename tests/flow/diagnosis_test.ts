import { assertEquals, assertStringIncludes } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { approve, openBrowser, reachCallback } from "../support/client/browser.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

/** The audit of a scene's logins, oldest first. */
async function readAudit({ tenant }: Scene): Promise<Record<string, unknown>[]> {
  return await stack.sql`
    select event, reason, request_id, detail from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event like 'login%' order by id`;
}

/** The last line of log of a request. */
async function findLine(requestId: string): Promise<Record<string, unknown>> {
  const lines = (await Deno.readTextFile(stack.logFile)).split("\n");
  return JSON.parse(lines.findLast((line) => line.includes(`"request_id":"${requestId}"`)) ?? "{}");
}

Deno.test("a login that a provider refuses is found in audit and log by the request id of its answer, with what was wrong", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
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

Deno.test("all events of a login have one request id, that of the approval, and so has the log", async () => {
  await using scene = await setScene(stack);

  await logIn(scene);

  const [session] = await stack.sql`
    select request_id from public.mcp_authorization_sessions where organization_id = ${scene.tenant.organizationId}`;
  const events = await stack.sql`
    select event, request_id from public.mcp_audit_events
    where organization_id = ${scene.tenant.organizationId} and event in ('user_created', 'login_completed') order by id`;
  assertEquals(events.map(({ event, request_id }) => [event, request_id]), [
    ["user_created", session!["request_id"]],
    ["login_completed", session!["request_id"]],
  ]);
  const lines = (await Deno.readTextFile(stack.logFile)).split("\n")
    .filter((line) => line.includes(`"request_id":"${session!["request_id"]}"`))
    .map((line) => JSON.parse(line)["endpoint"]);
  assertEquals(lines, ["oauth-authorize", "oauth-callback"]);
});

Deno.test("the error at the client, the audit and mcp_login_attempts name one request, with step, status and code", async () => {
  await using scene = await setScene(stack);
  const { client } = await signInMember(stack, scene.tenant.organizationId);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const under = await client.from("mcp_login_attempts").select("*");
  scene.provider.program({
    faults: { token: { kind: "json", status: 401, body: { error: "invalid_client" } } },
  });

  const response = await browser.get(callback);
  await response.body?.cancel();

  const description = new URL(response.headers.get("Location")!).searchParams.get("error_description")!;
  const requestId = /\(request ([0-9a-f-]{36})\)$/.exec(description)?.[1];
  const { data } = await client.from("mcp_login_attempts").select("*").eq("request_id", requestId!);
  assertEquals(under.data?.map(({ outcome, request_id }) => [outcome, request_id]), [[
    "under way",
    requestId,
  ]]);
  assertEquals(
    data?.map(({ outcome, reason, step, status, error_code }) => [outcome, reason, step, status, error_code]),
    [
      ["failed", "upstream_refused", "token", 401, "invalid_client"],
    ],
  );
});

Deno.test("a login that comes back too late is told as failed, and its page names the login", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const [session] = await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now()
    where organization_id = ${scene.tenant.organizationId} returning request_id`;

  const page = await (await browser.get(callback)).text();

  assertStringIncludes(page, `request ${session!["request_id"]}`);
  const [failed, ...others] = await readAudit(scene);
  assertEquals([failed!["event"], failed!["reason"], failed!["request_id"], others.length], [
    "login_failed",
    "session_expired",
    session!["request_id"],
    0,
  ]);
});

const ABANDONED: [name: string, claimed: boolean, reason: string][] = [
  ["the provider sends nobody back", false, "provider_sent_nobody_back"],
  ["the callback does not finish", true, "callback_did_not_finish"],
];
for (const [name, claimed, reason] of ABANDONED) {
  Deno.test(`a login that began and never ended is told when it is cleaned up: ${name}`, async () => {
    await using scene = await setScene(stack);
    await approve(openBrowser(), attemptAuthorization(scene.client).url);
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

Deno.test("a login whose provider is not found at the approval is told as failed, with what was found instead", async () => {
  await using scene = await setScene(stack);
  const { client } = await signInMember(stack, scene.tenant.organizationId);
  await stack.sql`
    update public.custom_oauth_configs set issuer = issuer || '/' where id = ${scene.tenant.configId}`;

  const response = await approve(openBrowser(), attemptAuthorization(scene.client).url);

  const description = response.searchParams.get("error_description")!;
  const requestId = /\(request ([0-9a-f-]{36})\)$/.exec(description)?.[1];
  const { data } = await client.from("mcp_login_attempts").select("*");
  assertEquals(
    data?.map(({ request_id, outcome, reason, step, member, problem }) => [
      ...[request_id, outcome, reason],
      ...[step, member, problem],
    ]),
    [[requestId, "failed", "upstream_untrusted", "discovery", "issuer", "mismatch"]],
  );
});

Deno.test("a login that was delayed until it was over keeps the reason of the delay when it is cleaned up", async () => {
  await using scene = await setScene(stack);
  const { client } = await signInMember(stack, scene.tenant.organizationId);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  scene.provider.program({ faults: { token: { kind: "html" } } });
  await (await browser.get(callback)).body?.cancel();
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now() - interval '2 hours'
    where organization_id = ${scene.tenant.organizationId}`;

  await stack.sql`select public.purge_expired(1000)`;

  const { data } = await client.from("mcp_login_attempts").select("*");
  assertEquals(
    data?.map(({ outcome, reason, step, status, problem }) => [outcome, reason, step, status, problem]),
    [["abandoned", "upstream_unavailable", "token", 200, "html"]],
  );
});

Deno.test("a login that ended is not told as abandoned", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  await stack.sql`
    update public.mcp_authorization_sessions set expires_at = now() - interval '2 hours'
    where organization_id = ${scene.tenant.organizationId}`;

  await stack.sql`select public.purge_expired(1000)`;

  assertEquals((await readAudit(scene)).filter(({ event }) => event === "login_abandoned"), []);
});

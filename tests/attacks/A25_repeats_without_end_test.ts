import { assert, assertEquals } from "@std/assert";
import { openBrowser, reachCallback, readLocation } from "../support/client/browser.ts";
import {
  attemptAuthorization,
  postForm,
  redemptionForm,
  refreshForm,
  register,
} from "../support/client/mcp_client.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const REPEATS = 40;

Deno.test("A25: registrations are counted in one audit row an hour", async () => {
  await using scene = await setScene(stack);
  const before = await readEvents(scene, "client_registered");

  for (let count = 0; count < REPEATS; count++) {
    await register(scene.client.discovery);
  }

  const after = await readEvents(scene, "client_registered");
  assertEquals(after.occurrences, before.occurrences + REPEATS);
  assert(after.rows <= 2, `${after.rows} rows`);
});

Deno.test("A25: a code that is replayed without end is counted in one audit row an hour", async () => {
  await using scene = await setScene(stack);
  const { code, attempt } = await obtainCode(scene);
  const form = redemptionForm(scene.client, code, attempt.codeVerifier);
  await (await postForm(scene.client.discovery.token_endpoint, form)).body?.cancel();

  for (let count = 0; count < REPEATS; count++) {
    const response = await postForm(scene.client.discovery.token_endpoint, form);
    assertEquals((await response.json()).error, "invalid_grant");
  }

  const { rows, occurrences } = await readEvents(scene, "code_refused");
  assertEquals(occurrences, REPEATS);
  assert(rows <= 2, `${rows} rows`);
});

Deno.test("A25: a callback that is set back without end is counted in one audit row an hour", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const home = await stack.sql`
    update public.custom_oauth_configs set token_endpoint = 'http://127.0.0.1:9/token'
    where id = ${scene.tenant.configId} returning id`;
  assertEquals(home.length, 1);

  const errors = new Set<string | null>();
  for (let count = 0; count < REPEATS; count++) {
    errors.add((await readLocation(await browser.get(callback))).searchParams.get("error"));
  }

  const { rows, occurrences } = await readEvents(scene, "login_delayed");
  assertEquals([[...errors], occurrences], [["temporarily_unavailable"], REPEATS]);
  assert(rows <= 2, `${rows} rows`);
});

Deno.test("A25: session ids that one user invents are recorded up to 200 an hour, and every call is answered", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);

  const statuses = new Set<number>();
  for (let count = 0; count < 230; count++) {
    const response = await fetch(scene.tenant.mcpUrl, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${tokens.access_token}`,
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Mcp-Session-Id": `invented-${count}`,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
    });
    statuses.add(response.status);
    await response.body?.cancel();
  }

  const [row] = await stack.sql`
    select count(*)::integer as count from public.mcp_server_session
    where organization_id = ${scene.tenant.organizationId}`;
  assertEquals([[...statuses], row?.["count"]], [[200], 200]);
});

Deno.test("A25: logins without end leave a hundred connections of a user with a client, and the oldest ends", async () => {
  await using scene = await setScene(stack);
  const oldest = await logIn(scene);
  let newest = oldest;
  for (let count = 0; count < 100; count++) {
    newest = await logIn(scene);
  }

  const answers = [];
  for (const { tokens } of [oldest, newest]) {
    const form = refreshForm(scene.client, tokens.refresh_token);
    const response = await postForm(scene.client.discovery.token_endpoint, form);
    answers.push((await response.json()).error);
  }

  const [row] = await stack.sql`
    select count(*)::integer as count from public.mcp_proxy_tokens
    where organization_id = ${scene.tenant.organizationId} and revoked_at is null`;
  assertEquals([...answers, row?.["count"]], ["invalid_grant", undefined, 100]);
});

/** How many rows an audit event has, and how often it happened. */
async function readEvents({ tenant }: Scene, event: string): Promise<{ rows: number; occurrences: number }> {
  const [row] = await stack.sql`
    select count(*)::integer as rows, coalesce(sum(occurrences), 0)::integer as occurrences
    from public.mcp_audit_events where organization_id = ${tenant.organizationId} and event = ${event}`;
  return { rows: Number(row?.["rows"]), occurrences: Number(row?.["occurrences"]) };
}

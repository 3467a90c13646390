import { assertEquals, assertMatch } from "@std/assert";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { startMcpServer } from "../support/mcp_server/minimal.ts";
import { logIn } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { discover, postMessage, register } from "../support/client/mcp_client.ts";
import { startProvider } from "../support/provider/provider.ts";
import { PING } from "../support/stack/gateway_scene.ts";

const stack = await useStack();

Deno.test("a company signs up, saves its provider and its server, and people log in", async () => {
  await using provider = await startProvider();
  await using mcp = startMcpServer();
  const { platform, accessToken } = await signUp();
  const slug = `s-${crypto.randomUUID().slice(0, 13)}`;

  const organization = await change(platform, "create_organization", { p_name: "A company" });
  const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      organization_id: organization,
      name: "Our sign-in",
      issuer: provider.issuer,
      client_id: provider.clientId,
      client_secret: provider.clientSecret,
    }),
  });
  const config = await response.json();
  await change(platform, "save_mcp_server", {
    p_organization_id: organization,
    p_slug: slug,
    p_name: "Our server",
    p_custom_oauth_config_id: config.id,
    p_upstream_url: mcp.url,
  });
  const mcpUrl = `${stack.status.PUBLIC_URL}/mcp/${slug}`;
  const { tokens } = await logIn({ client: await register(await discover(mcpUrl)) });
  const answer = await postMessage(mcpUrl, tokens.access_token, PING);
  await answer.body?.cancel();
  const { data: people } = await platform.from("mcp_server_user").select("email, organization_id");

  assertEquals([response.status, answer.status], [201, 200]);
  assertEquals(config.redirect_uri, `${stack.status.PUBLIC_URL}/oauth-callback/${organization}`);
  assertEquals(
    provider.requests("token").map(({ parameters }) => parameters.get("redirect_uri")),
    [config.redirect_uri],
  );
  assertMatch(String(mcp.received[0]?.get("Authorization")), /^Bearer /);
  assertEquals(people?.map(({ organization_id }) => organization_id), [organization]);
});

async function signUp(): Promise<{ platform: SupabaseClient; accessToken: string }> {
  const platform = createClient(stack.status.API_URL, stack.status.PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const email = `${crypto.randomUUID()}@example.com`;
  const { data, error } = await platform.auth.signUp({ email, password: crypto.randomUUID() });
  if (error || !data.session) {
    throw error ?? new Error("The sign-up gave no session");
  }
  return { platform, accessToken: data.session.access_token };
}

/** Makes a change as the signed-in user and returns the id of what was made. */
async function change(
  platform: SupabaseClient,
  name: string,
  args: Record<string, unknown>,
): Promise<string> {
  const { data, error } = await platform.rpc(name, args);
  if (error || data.outcome !== "created") {
    throw new Error(`${name} answered ${JSON.stringify(error ?? data)}`);
  }
  return data.id;
}

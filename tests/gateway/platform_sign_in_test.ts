import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { newRowId } from "../../functions/_shared/secrets/secrets.ts";
import { insert, makeTenant, type Tenant } from "../support/stack/tenant.ts";
import { startMcpServer } from "../support/mcp_server/minimal.ts";
import { logIn } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { discover, postMessage, register } from "../support/client/mcp_client.ts";
import { startProvider } from "../support/provider/provider.ts";
import { PING } from "../support/stack/gateway_scene.ts";

const stack = await useStack();

Deno.test("a platform's own provider signs people in to servers of any organization, to each as another user", async () => {
  await using provider = await startProvider();
  await using mcp = startMcpServer();
  const id = newRowId("coac_");
  const config = await insert(stack, "custom_oauth_configs", {
    id,
    organization_id: null,
    name: "The platform's sign-in",
    issuer: provider.issuer,
    client_id: provider.clientId,
    client_secret_ciphertext: await seal(id, `${provider.clientSecret}\n`, stack.secrets.encryptionKeys),
  });
  const server = { auth_type: "platform_oauth", custom_oauth_config_id: config, upstream_url: mcp.url };
  const tenants = [
    await makeTenant(stack, provider, { server }),
    await makeTenant(stack, provider, { server }),
  ] as const;

  for (const { mcpUrl } of tenants) {
    const { tokens } = await logIn({ client: await register(await discover(mcpUrl)) });
    const response = await postMessage(mcpUrl, tokens.access_token, PING);
    await response.body?.cancel();
    assertEquals(response.status, 200);
  }

  assertEquals(
    provider.requests("token").map(({ parameters }) => parameters.get("redirect_uri")),
    tenants.map(() => `${stack.status.PUBLIC_URL}/oauth-callback/platform`),
  );
  assertEquals(mcp.received.length, 2);
  const [one, other] = await Promise.all(tenants.map(readUsers));
  assertEquals(one?.map(({ auth_type }) => auth_type), ["platform_oauth"]);
  assertEquals(other?.map(({ auth_type }) => auth_type), ["platform_oauth"]);
  assertNotEquals(one?.[0]?.id, other?.[0]?.id);
});

Deno.test("deno task seal says what is missing, and prints no secret", async () => {
  const withoutId = await runSeal([], "client-secret", {});
  const withoutKeys = await runSeal(["coac_1"], "client-secret", {});
  const withoutSecret = await runSeal(["coac_1"], "", {
    GATEPOST_ENCRYPTION_KEYS: stack.secrets.encryptionKeys,
  });

  assertEquals([withoutId.code, withoutKeys.code, withoutSecret.code], [1, 1, 1]);
  assertStringIncludes(withoutId.stderr, "Cannot seal: give the id of the config's row");
  assertStringIncludes(withoutKeys.stderr, "Cannot seal: set GATEPOST_ENCRYPTION_KEYS");
  assertStringIncludes(withoutSecret.stderr, "Cannot seal: standard input is empty");
  assertEquals((withoutKeys.stdout + withoutKeys.stderr).includes("client-secret"), false);
});

async function readUsers({ organizationId }: Tenant): Promise<{ id: string; auth_type: string }[]> {
  const rows = await stack.sql`
    select id, auth_type from public.mcp_server_user where organization_id = ${organizationId}`;
  return rows.map(({ id, auth_type }) => ({ id: String(id), auth_type: String(auth_type) }));
}

async function seal(id: string, secret: string, keys: string): Promise<string> {
  const { code, stdout } = await runSeal([id], secret, { GATEPOST_ENCRYPTION_KEYS: keys });
  assertEquals(code, 0);
  return stdout.trim();
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function runSeal(args: string[], secret: string, env: Record<string, string>): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "seal", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env,
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(secret));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

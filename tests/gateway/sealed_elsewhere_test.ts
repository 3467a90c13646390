/**
 * Tokens that another service has sealed with a key of its own, as the examples in `supabase/examples` do.
 */

import { assertEquals } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { decodeProtectedHeader } from "jose";
import { type ProviderTokens, sealTokens } from "../../supabase/examples/seal_token.ts";
import { generateEncryptionKeys } from "../../supabase/local/make_keys.ts";
import { useStack } from "../support/stack/stack.ts";
import {
  expireUpstreamToken,
  freshWorker,
  listRefreshes,
  readStatuses,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";

const stack = await useStack();
const program = new URL("../../supabase/examples/seal_token.py", import.meta.url).pathname;

/** Where Python has no `cryptography` its example is left out, but for CI. */
const hasPython = await new Deno.Command("python3", {
  args: ["-c", "import cryptography"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

async function sealInPython(
  tokens: ProviderTokens,
  organizationId: string,
  key: unknown,
): Promise<Awaited<ReturnType<typeof sealTokens>>> {
  const child = new Deno.Command("python3", { args: [program], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(JSON.stringify({ ...tokens, organization_id: organizationId, key })),
  );
  await writer.close();
  return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
}

for (
  const [language, seal, ignore] of [
    ["TypeScript", sealTokens, false],
    ["Python", sealInPython, !hasPython && !Deno.env.get("CI")],
  ] as const
) {
  const name =
    `tokens that the example in ${language} seals are provisioned, used by the gateway, refreshed and sealed again`;
  Deno.test({ name, ignore }, async () => {
    await using scene = await setGatewayScene(stack);
    const { organizationId, configId } = scene.tenant;
    const [own] = JSON.parse(generateEncryptionKeys()).keys;
    const encryptionKeys = JSON.stringify({ keys: [...JSON.parse(stack.secrets.encryptionKeys).keys, own] });
    const [known] = await stack.sql`
      select access_token_ciphertext as access, refresh_token_ciphertext as refresh, subject
      from public.upstream_oauth_tokens where organization_id = ${organizationId}`;
    const sealed = await seal(
      { access_token: "from-another-service", refresh_token: "refresh-from-another-service" },
      organizationId,
      own,
    );

    const { data } = await createClient(stack.status.API_URL, stack.status.SECRET_KEY).rpc(
      "provision_mcp_server_user",
      {
        ...{ p_oauth_config_id: configId, p_upstream_issuer: null, p_upstream_sub: known?.["subject"] },
        ...{ p_email: null, p_email_verified: false, p_profile: null, p_tracking_id: null },
        ...sealed,
        ...{ p_scope: null, p_expires_at: null },
      },
    );
    await stack.sql`
      update public.mcp_proxy_tokens set upstream_token_id = ${data.upstream_token_id}
      where organization_id = ${organizationId}`;
    await using worker = await freshWorker(scene, { config: { encryptionKeys } });
    const called = await worker.call(scene);
    await using later = await freshWorker(scene, { config: { encryptionKeys } });
    await expireUpstreamToken(scene);
    await (await later.call(scene)).body?.cancel();

    assertEquals([data.outcome, await readStatuses([called])], ["matched", [200]]);
    assertEquals(scene.mcp.received[0]?.headers.get("authorization"), "Bearer from-another-service");
    assertEquals(listRefreshes(scene)[0]?.get("refresh_token"), "refresh-from-another-service");
    const [entry] = await stack.sql`
      select access_token_ciphertext as access from public.upstream_oauth_tokens
      where id = ${data.upstream_token_id}`;
    const { kid, row } = decodeProtectedHeader(String(entry?.["access"]));
    assertEquals([kid === own.kid, row], [false, data.upstream_token_id]);
  });
}

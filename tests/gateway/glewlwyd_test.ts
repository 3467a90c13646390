import { assertEquals } from "@std/assert";
import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { buildCallbackUrl } from "../../functions/_shared/urls.ts";
import { approve, openBrowser, readLocation } from "../support/client/browser.ts";
import {
  attemptAuthorization,
  discover,
  postMessage,
  redemptionForm,
  register,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import { hasGlewlwyd, startGlewlwyd } from "../support/provider/glewlwyd.ts";
import { PING } from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test({
  name: "a person logs in at Glewlwyd, calls the server, is renewed there and logs out",
  ignore: !hasGlewlwyd,
  async fn(): Promise<void> {
    const { PUBLIC_URL } = stack.status;
    const organizationId = await insert(stack, "organizations", { name: "At Glewlwyd" });
    await using glewlwyd = await startGlewlwyd([buildCallbackUrl(PUBLIC_URL, organizationId)]);
    await using mcp = startMcpServer();
    const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
    const id = "coac_glewlwyd";
    const configId = await insert(stack, "custom_oauth_configs", {
      id,
      organization_id: organizationId,
      name: "Glewlwyd",
      issuer: glewlwyd.issuer,
      client_id: glewlwyd.clientId,
      client_secret_ciphertext: await sealSecret(
        glewlwyd.clientSecret,
        configSecretOf({ id, organization_id: organizationId }),
        keys,
      ),
      scopes: ["openid"],
    });
    const slug = `s-${crypto.randomUUID().slice(0, 13)}`;
    await insert(stack, "mcp_servers", {
      organization_id: organizationId,
      slug,
      name: "A server",
      custom_oauth_config_id: configId,
      upstream_url: mcp.url,
    });
    const mcpUrl = `${PUBLIC_URL}/mcp/${slug}`;

    const client = await register(await discover(mcpUrl));
    const attempt = attemptAuthorization(client);
    const browser = openBrowser();
    await glewlwyd.logIn(browser);
    await glewlwyd.consent(browser);
    const providerUrl = await approve(browser, attempt.url);
    // What its own login page adds when it sends the browser back.
    providerUrl.searchParams.set("g_continue", "");
    const callback = await readLocation(await browser.get(providerUrl));
    const returned = await readLocation(await browser.get(callback));
    const code = returned.searchParams.get("code") ?? "";
    const tokens = await requestTokens(client.discovery, redemptionForm(client, code, attempt.codeVerifier));
    const first = await postMessage(mcpUrl, tokens.access_token, PING);
    await first.body?.cancel();

    const [person] = await stack.sql`
      select email, profile_data ->> 'name' as name from public.mcp_server_user
      where organization_id = ${organizationId}`;
    assertEquals({ ...person }, { email: "ada@example.com", name: "Ada" });
    assertEquals(first.status, 200);

    await stack.sql`
      update public.upstream_oauth_tokens set expires_at = now() - interval '1 second'
      where organization_id = ${organizationId}`;
    // One of the stack's two workers has seen the login and keeps its token; the other one has to renew it.
    const answers = [];
    for (let call = 0; call < 2; call++) {
      const answer = await postMessage(mcpUrl, tokens.access_token, PING);
      await answer.body?.cancel();
      answers.push(answer.status);
    }
    const [entry] = await stack.sql`
      select refreshed_at is not null as renewed, refresh_token_ciphertext is not null as renewable
      from public.upstream_oauth_tokens where organization_id = ${organizationId}`;
    assertEquals([answers, { ...entry }], [[200, 200], { renewed: true, renewable: true }]);
    assertEquals(glewlwyd.countRefreshTokens(), 1);

    const revoked = await fetch(`${PUBLIC_URL}/oauth-revoke/${slug}`, {
      method: "POST",
      body: new URLSearchParams({ token: tokens.refresh_token, client_id: client.clientId }),
    });
    await revoked.body?.cancel();
    assertEquals([revoked.status, glewlwyd.countRefreshTokens()], [200, 0]);
  },
});

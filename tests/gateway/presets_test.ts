import { assertEquals } from "@std/assert";
import { applyPreset } from "../../functions/_shared/upstream/presets/apply_preset.ts";
import { PRESETS } from "../../functions/_shared/upstream/presets/presets.ts";
import { discover, register } from "../support/client/mcp_client.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { PRESET_PROVIDERS, type PresetProvider } from "../support/provider/preset_shapes.ts";
import { type ProgrammableProvider, startProvider } from "../support/provider/provider.ts";
import { logIn } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert } from "../support/stack/tenant.ts";

const stack = await useStack();

for (const id of Object.keys(PRESETS)) {
  Deno.test(`the preset ${id} is saved, and a person logs in at a provider of its shape`, async () => {
    const expected = PRESET_PROVIDERS[id]!;
    await using provider = await startProvider(expected.shape, expected.program);
    const { organizationId, slug, saved } = await savePreset(id, expected, provider);

    const { tokens } = await logIn({
      client: await register(await discover(`${stack.status.PUBLIC_URL}/mcp/${slug}`)),
    });

    const [person] = await stack.sql`
      select person.upstream_sub as subject, person.email, person.email_verified as verified,
        (select refresh_token_ciphertext is not null from public.upstream_oauth_tokens as token
         where token.mcp_server_user_id = person.id) as renewable
      from public.mcp_server_user as person where person.organization_id = ${organizationId}`;
    const { subject, email: [email, verified], renewable } = expected;
    assertEquals([saved, typeof tokens.access_token], [201, "string"]);
    assertEquals({ ...person }, { subject, email, verified, renewable });
    assertEquals(askedAs(provider), {
      ...PRESETS[id]!.columns.authorization_parameters && filledParameters(id, expected),
      ...(PRESETS[id]!.columns.scopes.length > 0 && { scope: PRESETS[id]!.columns.scopes.join(" ") }),
    });
  });
}

Deno.test("Notion is told the version, and Linear is asked with a query", async () => {
  const asked: Record<string, unknown> = {};
  for (const id of ["notion", "linear"]) {
    const expected = PRESET_PROVIDERS[id]!;
    await using provider = await startProvider(expected.shape, expected.program);
    const { slug } = await savePreset(id, expected, provider);

    await logIn({ client: await register(await discover(`${stack.status.PUBLIC_URL}/mcp/${slug}`)) });

    const { method, headers } = provider.requests("userinfo")[0]!;
    asked[id] = [method, headers.get("Notion-Version"), headers.get("Content-Type")];
  }

  assertEquals(asked, {
    notion: ["GET", "2022-06-28", null],
    linear: ["POST", null, "application/json"],
  });
});

/** Saves a preset as an owner does, with its places moved to the provider of the test. */
async function savePreset(
  id: string,
  { shape, values }: PresetProvider,
  { issuer, url, clientId, clientSecret }: ProgrammableProvider,
): Promise<{ organizationId: string; slug: string; saved: number }> {
  const organizationId = await insert(stack, "organizations", { name: "With a preset" });
  const { accessToken } = await signInMember(stack, organizationId);
  const { columns } = PRESETS[id]!;
  const places = columns.issuer === undefined
    ? {
      authorization_endpoint: url("authorize"),
      token_endpoint: url("token"),
      ...(columns.userinfo_endpoint && { userinfo_endpoint: url("userinfo") }),
      ...(columns.emails_endpoint && { emails_endpoint: url("emails") }),
      ...(columns.revocation_endpoint && { revocation_endpoint: url("revocation") }),
    }
    : { issuer };
  const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      organization_id: organizationId,
      preset: id,
      ...(values && { preset_values: values }),
      client_id: clientId,
      client_secret: clientSecret,
      ...places,
    }),
  });
  const config = await response.json();
  assertEquals(
    [response.status, shape.openId || columns.issuer === undefined],
    [201, true],
    JSON.stringify(config),
  );
  const slug = `s-${crypto.randomUUID().slice(0, 13)}`;
  await insert(stack, "mcp_servers", {
    organization_id: organizationId,
    slug,
    name: "A server",
    custom_oauth_config_id: config.id,
    upstream_url: "http://127.0.0.1:9/mcp",
  });
  return { organizationId, slug, saved: response.status };
}

/** What the authorization request had beside the parameters of every login. */
function askedAs(provider: ProgrammableProvider): Record<string, string> {
  const { parameters } = provider.requests("authorize")[0]!;
  const common = ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "nonce"];
  return Object.fromEntries(
    [...parameters].filter(([name]) => !common.includes(name) && name !== "code_challenge_method"),
  );
}

function filledParameters(id: string, { values }: PresetProvider): Record<string, string> | undefined {
  const applied = applyPreset(id, values);
  return "columns" in applied ? applied.columns.authorization_parameters : undefined;
}

import { assertEquals } from "@std/assert";
import type { ConnectUser } from "../../functions/_shared/database/user_database.ts";
import { configSecretOf, sealSecret } from "../../functions/_shared/secrets/encryption.ts";
import type { Check } from "../../functions/_shared/upstream/doctor/findings.ts";
import { buildConfigsEndpoint } from "../../functions/oauth-configs/handler.ts";
import { fakeDatabase } from "../support/database/fake_database.ts";
import { assertJson } from "../support/client/answers.ts";
import {
  buildDependencies,
  encryptionKeys,
  type TestDependencies,
} from "../support/functions/dependencies.ts";
import type { ReceivedRequest } from "../support/provider/provider.ts";
import { buildUpstream, type Upstream, type UpstreamChanges } from "../support/provider/upstream.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";

const TOKEN = "token-of-a-platform-user";
const STORED_SECRET = "the-stored-secret";
const REDIRECT_URI = "https://auth.example.com/oauth-callback/org_1";

function checkRequest(body: Record<string, unknown>): Request {
  return new Request("http://edge/oauth-configs/check", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Authorization": `Bearer ${TOKEN}` },
    body: JSON.stringify(body),
  });
}

interface Checking {
  dependencies: TestDependencies;
  upstream: Upstream;
  /** What was asked before any provider was. */
  begun: unknown[];
  /** Every secret that reached the provider, but for an invented client's. */
  sent: () => (string | null)[];
  check: (body: Record<string, unknown>) => Promise<Response>;
}

/** Id and secret of a token request; of a public client the id. */
function readClient({ headers, parameters }: ReceivedRequest): string[] {
  const authorization = headers.get("Authorization");
  return authorization === null
    ? [parameters.get("client_id") ?? ""]
    : atob(authorization.replace("Basic ", "")).split(":");
}

/** An endpoint with the saved config coac_1 of org_1 at a provider. */
async function checking(
  { outcome = "begun", changes = {}, read = (row) => row }: {
    outcome?: string;
    changes?: UpstreamChanges;
    /** What the second and later readings of the config see. */
    read?: (row: Record<string, unknown>, reading: number) => Record<string, unknown>;
  } = {},
): Promise<Checking> {
  const upstream = buildUpstream({
    config: { token_endpoint_auth_method: "client_secret_basic" },
    ...changes,
    answers: {
      token: (request) =>
        readClient(request)[0]!.startsWith("invented-")
          ? Response.json({ error: "invalid_client" }, { status: 401 })
          : Response.json({ error: "invalid_grant" }, { status: 400 }),
      authorize: () => Response.redirect(`${REDIRECT_URI}?error=login_required`),
      userinfo: () => Response.json({ error: "invalid_token" }, { status: 401 }),
      ...changes.answers,
    },
  });
  const sealed = await sealSecret(
    STORED_SECRET,
    configSecretOf({ id: "coac_1", organization_id: "org_1" }),
    encryptionKeys,
  );
  const dependencies = buildDependencies({
    read_client_secret: { outcome: "found", client_secret_ciphertext: sealed },
  }, { safeFetch: upstream.safeFetch });
  const begun: unknown[] = [];
  let readings = 0;
  const connectUser: ConnectUser = () => ({
    read: (_table, columns, id) => {
      const row: Record<string, unknown> = read({ ...upstream.config, id }, ++readings);
      const found = columns.split(",").map((name) => [name, row[name]]);
      return Promise.resolve(id === "coac_1" ? Object.fromEntries(found) : null);
    },
    ...fakeDatabase({
      begin_config_check: (args) => {
        begun.push(args);
        return outcome === "begun" ? { outcome, id: "org_1" } : { outcome };
      },
    }),
  });
  return {
    dependencies,
    upstream,
    begun,
    sent: () =>
      upstream.requests("token").map((request) => readClient(request)[1] ?? null)
        .filter((secret) => !secret?.startsWith("invented-")),
    check: (body) => buildConfigsEndpoint({ ...dependencies, connectUser })(checkRequest(body)),
  };
}

async function listFailed(response: Response): Promise<string[]> {
  const { checks } = await response.json();
  return checks.filter(({ state }: Check) => state === "failed").map(({ finding }: Check) => finding);
}

Deno.test("POST /oauth-configs/check examines a saved config, with its secret", async () => {
  const { dependencies, begun, sent, check } = await checking();

  const response = await check({ id: "coac_1" });

  const { redirect_uri, checks } = await response.json();
  assertEquals([response.status, redirect_uri, begun], [200, REDIRECT_URI, [{
    p_oauth_config_id: "coac_1",
  }]]);
  assertEquals(
    checks.map(({ finding }: Check) => finding).filter((name: string) => /client|redirect/.test(name)),
    [
      "redirect_uri_accepted",
      "client_accepted",
    ],
  );
  assertEquals(sent(), [STORED_SECRET]);
  assertNothingLogged(dependencies.logged, [STORED_SECRET, TOKEN]);
});

Deno.test("POST /oauth-configs/check examines a draft with the secret of its body, and saves nothing", async () => {
  const { dependencies, upstream, begun, sent, check } = await checking();

  const response = await check({
    organization_id: "org_1",
    issuer: upstream.issuer,
    client_id: "client-1",
    client_secret: "a secret of the draft",
  });

  assertEquals([response.status, await listFailed(response)], [200, []]);
  assertEquals([sent(), begun], [["a%20secret%20of%20the%20draft"], [{ p_organization_id: "org_1" }]]);
  assertEquals(dependencies.database.calls, []);
});

// A27: who cannot read the secret must not have it sent to a place of their own.
const DRAFTS: [what: string, change: (attacker: string) => Record<string, unknown>][] = [
  ["another token endpoint", (attacker) => ({ token_endpoint: `${attacker}/token` })],
  ["another issuer", (attacker) => ({ issuer: attacker })],
  ["another method", () => ({ token_endpoint_auth_method: "client_secret_post" })],
  ["no place", () => ({ scopes: ["openid"] })],
  ["an empty text", () => ({ token_endpoint: "" })],
  ["a preset with its place moved", (attacker) => ({ preset: "google", issuer: attacker })],
];
for (const [what, change] of DRAFTS) {
  Deno.test(`POST /oauth-configs/check sends no stored secret for a draft that names ${what}`, async () => {
    const { dependencies, upstream, check } = await checking();

    const response = await check({ id: "coac_1", ...change(upstream.issuer) });

    const { checks } = await response.json();
    assertEquals(
      checks.some(({ finding }: Check) => finding === "client_untried"),
      true,
      JSON.stringify(checks),
    );
    assertEquals(upstream.requests("token"), []);
    assertEquals(dependencies.database.calls, []);
    assertEquals(JSON.stringify(checks).includes(STORED_SECRET), false);
  });
}

Deno.test("POST /oauth-configs/check sends no secret that was moved while it looked", async () => {
  const { upstream, sent, check } = await checking({
    read: (row, reading) => reading === 1 ? row : { ...row, client_generation: 2 },
  });

  const response = await check({ id: "coac_1" });

  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot check config now: somebody changes it, try again",
  });
  assertEquals([sent(), upstream.requests()], [[], []]);
});

const REFUSED: [outcome: string, status: number, error: string, sentence: string, reason: string][] = [
  ["forbidden", 403, "forbidden", "Cannot check config: only owners and admins may", "role_too_low"],
  [
    "quota_reached",
    403,
    "forbidden",
    "Cannot check config: wait ten minutes, there were thirty checks",
    "quota_reached",
  ],
  [
    "unknown_config",
    404,
    "not_found",
    "Cannot check config: there is no such organization or config for you",
    "unknown_config",
  ],
  [
    "unknown_organization",
    404,
    "not_found",
    "Cannot check config: there is no such organization or config for you",
    "unknown_organization",
  ],
];
for (const [outcome, status, error, error_description, reason] of REFUSED) {
  Deno.test(`POST /oauth-configs/check answers ${status} to ${outcome}, and asks no provider`, async () => {
    const { dependencies, upstream, check } = await checking({ outcome });

    const response = await check({ id: "coac_1" });

    await assertJson(response, status, { error, error_description });
    assertEquals([reasons(dependencies.logged), upstream.requests()], [[reason], []]);
  });
}

const MALFORMED: [body: Record<string, unknown>, sentence: string][] = [
  [{}, "Cannot check config: organization_id is missing"],
  [{ organization_id: "org_1", owner: "me" }, "Cannot check config: the body has a member that is not known"],
  [
    { organization_id: "org_1", identity_source: "saml" },
    "Cannot check config: a setting has a value that no config takes",
  ],
  [
    { organization_id: "org_1", preset: "google", preset_values: { tenant: "x" } },
    "Cannot check config: preset_values has to be left out",
  ],
];
for (const [body, error_description] of MALFORMED) {
  Deno.test(`POST /oauth-configs/check refuses ${JSON.stringify(body)}`, async () => {
    const { upstream, check } = await checking();

    await assertJson(await check(body), 400, { error: "invalid_request", error_description });
    assertEquals(upstream.requests(), []);
  });
}

const PRIVATE = [
  "https://169.254.169.254",
  "http://login.example.com",
  "https://[::1]",
  "https://10.0.0.1/realm",
];
for (const issuer of PRIVATE) {
  Deno.test(`POST /oauth-configs/check asks nothing at ${issuer}`, async () => {
    const { upstream, check } = await checking();

    const response = await check({ organization_id: "org_1", issuer, client_id: "c", client_secret: "s" });

    assertEquals([await listFailed(response), upstream.requests()], [["address_refused"], []]);
  });
}

Deno.test("POST /oauth-configs/check sends nothing to private endpoints that are named", async () => {
  const { upstream, sent, check } = await checking();

  const response = await check({
    organization_id: "org_1",
    identity_source: "userinfo",
    authorization_endpoint: "https://127.0.0.1/authorize",
    token_endpoint: "https://10.0.0.1/token",
    userinfo_endpoint: "https://192.168.0.1/userinfo",
    client_id: "c",
    client_secret: "s",
  });

  assertEquals([response.status, upstream.requests(), sent()], [200, [], []]);
});

Deno.test("POST /oauth-configs/check passes on no text of the provider, however it is sent", async () => {
  const text = "<script>text-of-the-provider</script>";
  const refusal = (): Response => Response.json({ error: text, error_description: text }, { status: 400 });
  const { dependencies, check } = await checking({
    changes: {
      metadata: {
        scopes_supported: [text],
        token_endpoint_auth_methods_supported: [text],
        code_challenge_methods_supported: [text],
        id_token_signing_alg_values_supported: [text, "RS256"],
        grant_types_supported: [text],
      },
      answers: { token: refusal, authorize: refusal, userinfo: refusal },
    },
  });

  const body = await (await check({ id: "coac_1" })).text();

  assertEquals(body.includes("text-of-the-provider"), false);
  assertNothingLogged(dependencies.logged, ["text-of-the-provider"]);
});

Deno.test("POST /oauth-configs/check asks a provider a bounded number of times", async () => {
  const { upstream, check } = await checking({
    changes: {
      answers: {
        token: () => Response.json({ error: "odd" }, { status: 400 }),
        authorize: () => new Response("odd", { status: 403 }),
      },
    },
  });

  await check({ id: "coac_1" });

  assertEquals(upstream.requests().length <= 16, true);
});

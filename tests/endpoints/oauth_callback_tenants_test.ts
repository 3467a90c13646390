import { assertEquals } from "@std/assert";
import { buildCallbackEndpoint } from "../../functions/oauth-callback/handler.ts";
import { callbackRequest, completionOf, type Login, loginAt } from "../support/functions/callback_login.ts";
import type { UpstreamChanges } from "../support/provider/upstream.ts";
import type { Changes } from "../support/client/requests.ts";

const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER = "9188040d-6c67-4c5b-b112-36a304b66dad";

interface TenantLogin extends Login {
  reason: unknown;
  detail: unknown;
  location: URL;
  /** What the issuer of a tenant is called. */
  issuerOf: (tenant: string) => string;
}

/**
 * Logs in at a provider whose document at `/common/v2.0` names a template as its issuer, as Microsoft Entra's does.
 *
 * Seen at https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration, and reported for
 * openai/codex#38973 and nextauthjs/next-auth#13440.
 */
async function logIn(
  claims: (issuerOf: (tenant: string) => string) => Record<string, unknown>,
  changes: { tenants?: string[]; parameters?: (issuerOf: (tenant: string) => string) => Changes } = {},
): Promise<TenantLogin> {
  const issuerOf = (tenant: string): string => login.upstream.issuer.replace("common", tenant);
  const providing: UpstreamChanges = {
    shape: "entra_common",
    config: { allowed_tenants: changes.tenants ?? [] },
  };
  const login = await loginAt(providing, { fail_authorization_session: "failed" });
  login.upstream.program({ idTokenClaims: claims(issuerOf) });
  const request = callbackRequest(changes.parameters?.(issuerOf));
  const response = await buildCallbackEndpoint(login.dependencies)(request);
  const { reason, detail } = login.dependencies.logged.at(-1)!;
  return { ...login, reason, detail, location: new URL(response.headers.get("Location")!), issuerOf };
}

Deno.test("GET /oauth-callback knows a user of a tenant by the template that its tid fills", async () => {
  const login = await logIn((issuerOf) => ({ iss: issuerOf(TENANT), tid: TENANT }));

  const { p_upstream_issuer, p_upstream_sub } = completionOf(login.dependencies);
  assertEquals([login.reason, p_upstream_issuer, p_upstream_sub], [
    "ok",
    login.issuerOf(TENANT),
    "upstream-1",
  ]);
});

Deno.test("GET /oauth-callback keeps one subject of two tenants apart", async () => {
  const issuers = [];
  for (const tenant of [TENANT, OTHER]) {
    const login = await logIn((issuerOf) => ({ iss: issuerOf(tenant), tid: tenant }));
    issuers.push(
      completionOf(login.dependencies).p_upstream_issuer?.replace(new URL(login.upstream.issuer).origin, ""),
    );
  }

  assertEquals(issuers, [`/${TENANT}/v2.0`, `/${OTHER}/v2.0`]);
});

type TenantClaims = Parameters<typeof logIn>[0];
const UNTRUSTED: [what: string, claims: TenantClaims, member: string, problem: string][] = [
  ["the tid of another tenant", (issuerOf) => ({ iss: issuerOf(TENANT), tid: OTHER }), "iss", "mismatch"],
  ["no tid", (issuerOf) => ({ iss: issuerOf(TENANT), tid: undefined }), "tid", "missing"],
  ["a tid that is no text", (issuerOf) => ({ iss: issuerOf(TENANT), tid: [TENANT] }), "tid", "malformed"],
  ["a tid with a path", (issuerOf) => ({ iss: issuerOf("a/b"), tid: "a/b" }), "tid", "malformed"],
  ["a tid of two dots", (issuerOf) => ({ iss: issuerOf(".."), tid: ".." }), "tid", "malformed"],
  ["an empty tid", (issuerOf) => ({ iss: issuerOf(""), tid: "" }), "tid", "malformed"],
  [
    "the template as its issuer",
    (issuerOf) => ({ iss: issuerOf("{tenantid}"), tid: TENANT }),
    "iss",
    "mismatch",
  ],
  ["the typed issuer", (issuerOf) => ({ iss: issuerOf("common"), tid: TENANT }), "iss", "mismatch"],
  ["another host", () => ({ iss: `https://evil.example/${TENANT}/v2.0`, tid: TENANT }), "iss", "mismatch"],
];
for (const [what, claims, member, problem] of UNTRUSTED) {
  Deno.test(`GET /oauth-callback refuses an id_token of many tenants with ${what}`, async () => {
    const login = await logIn(claims);

    assertEquals([login.reason, login.detail], ["upstream_untrusted", { step: "id_token", member, problem }]);
    assertEquals(login.location.searchParams.get("error"), "server_error");
  });
}

for (const tenants of [[TENANT], [OTHER, TENANT.toUpperCase()]]) {
  Deno.test(`GET /oauth-callback lets people of a listed tenant in: ${tenants}`, async () => {
    assertEquals(
      (await logIn((issuerOf) => ({ iss: issuerOf(TENANT), tid: TENANT }), { tenants })).reason,
      "ok",
    );
  });
}

Deno.test("GET /oauth-callback keeps people of a tenant out that is not listed", async () => {
  const login = await logIn((issuerOf) => ({ iss: issuerOf(TENANT), tid: TENANT }), { tenants: [OTHER] });

  assertEquals([login.reason, login.location.searchParams.get("error")], [
    "tenant_not_allowed",
    "access_denied",
  ]);
  assertEquals(login.detail, { step: "id_token", member: "tid", problem: "mismatch" });
});

for (
  const [tid, reason] of [[TENANT, "ok"], [OTHER, "tenant_not_allowed"], [undefined, "tenant_not_allowed"]]
) {
  Deno.test(`GET /oauth-callback is ${reason} for the tid ${tid} where the issuer has one tenant and the list too`, async () => {
    const login = await loginAt({ config: { allowed_tenants: [TENANT] }, idTokenClaims: { tid } }, {
      fail_authorization_session: "failed",
    });

    await buildCallbackEndpoint(login.dependencies)(callbackRequest());

    assertEquals(login.dependencies.logged.at(-1)!["reason"], reason);
  });
}

const RESPONSES: [what: string, iss: (issuerOf: (tenant: string) => string) => string, reason: string][] = [
  ["of the tenant", (issuerOf) => issuerOf(TENANT), "ok"],
  ["of another tenant", (issuerOf) => issuerOf(OTHER), "upstream_untrusted"],
  ["of another host", () => `https://evil.example/${TENANT}/v2.0`, "upstream_response_invalid"],
  ["that is the template", (issuerOf) => issuerOf("{tenantid}"), "upstream_response_invalid"],
];
for (const [what, iss, reason] of RESPONSES) {
  Deno.test(`GET /oauth-callback is ${reason} at an authorization response with an iss ${what}`, async () => {
    const login = await logIn((issuerOf) => ({ iss: issuerOf(TENANT), tid: TENANT }), {
      parameters: (issuerOf) => ({ iss: iss(issuerOf) }),
    });

    assertEquals(login.reason, reason);
  });
}

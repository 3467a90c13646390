import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { type PresentedToken, readPresentedToken } from "../../functions/_shared/tokens/presented_token.ts";
import { parseRefreshToken } from "../../functions/_shared/tokens/refresh_token.ts";
import { issueAccessToken } from "../../functions/_shared/tokens/signing.ts";
import { signingKeys } from "../support/functions/dependencies.ts";
import { ISSUER, RESOURCE } from "../support/database/records.ts";
import { REFRESH_TOKEN } from "../support/client/requests.ts";

async function read(parameters: Record<string, string>): Promise<PresentedToken> {
  return await readPresentedToken(new Map(Object.entries(parameters)), ISSUER, signingKeys);
}

async function issue(issuer: string, seconds: number): Promise<string> {
  const claims = {
    issuer,
    audience: RESOURCE,
    subject: "mcpu_1",
    clientId: "c",
    scope: "",
    familyId: "family-1",
  };
  return await issueAccessToken(claims, seconds, signingKeys);
}

for (const hint of ["access_token", "refresh_token", "anything"]) {
  Deno.test(`a refresh token is known by its form, whatever the hint ${hint} says`, async () => {
    const presented = await read({ token: REFRESH_TOKEN, token_type_hint: hint });

    assertEquals(presented, { kind: "refresh", token: parseRefreshToken(REFRESH_TOKEN)! });
  });

  Deno.test(`an access token is known by its signature, whatever the hint ${hint} says`, async () => {
    const presented = await read({ token: await issue(ISSUER, 60), token_type_hint: hint });

    assertEquals([presented.kind, presented.kind === "access" && presented.token.familyId], [
      "access",
      "family-1",
    ]);
  });
}

const UNKNOWN: [what: string, token: () => Promise<string>][] = [
  ["an expired access token", () => issue(ISSUER, -1)],
  ["an access token of another issuer", () => issue("https://auth.example.com/oauth/other", 60)],
  ["anything else", () => Promise.resolve("opaque")],
];
for (const [what, token] of UNKNOWN) {
  Deno.test(`${what} is unknown`, async () => {
    assertEquals(await read({ token: await token() }), { kind: "unknown" });
  });
}

Deno.test("a missing token is an invalid request", async () => {
  const error = await assertRejects(() => read({}), OAuthError);

  assertEquals([error.code, error.reason], ["invalid_request", "token_parameter_missing"]);
});

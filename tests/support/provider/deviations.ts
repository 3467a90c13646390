/**
 * What real providers answer, each seen in a public report, and what a config needs for it.
 *
 * A person logs in at every one of them.
 *
 * @module
 */

import type { Program } from "./program.ts";
import type { ShapeName } from "./shapes.ts";

/** A provider that deviates. */
export interface Deviation {
  what: string;
  /** Where it was seen. */
  source: string;
  shape?: ShapeName;
  program?: Partial<Program>;
  /** Columns of its config. */
  config?: Record<string, unknown>;
  /** Parameters of the client's authorization request. */
  login?: Record<string, string>;
  /** What became of the person; the subject and the address of `openid`'s person unless it says something else. */
  person?: { upstream_sub?: string; email?: string | null };
  /** Whether the vault then holds a refresh token. */
  refreshes?: boolean;
}

const json = (members: Record<string, unknown>, init?: ResponseInit): Response =>
  Response.json(members, init);
const form = (members: Record<string, unknown>): Response =>
  new Response(new URLSearchParams(members as Record<string, string>), {
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });

const BY_USERINFO = { identity_source: "userinfo", scopes: ["profile"] };

/** Every deviation. */
export const DEVIATIONS: Deviation[] = [
  {
    what: "the token type user",
    source: "UsefulSoftwareCo/executor PR 2050: Slack",
    program: { answerTokens: (members) => json({ ...members, token_type: "user", ok: true }) },
  },
  {
    what: "no token type",
    source: "UsefulSoftwareCo/executor PR 2050",
    program: { answerTokens: ({ token_type: _, ...members }) => json(members) },
  },
  {
    what: "expires_in, scope and refresh_token of null",
    source: "QwenLM/qwen-code#5355",
    program: {
      answerTokens: (members) => json({ ...members, expires_in: null, scope: null, refresh_token: null }),
    },
    refreshes: false,
  },
  {
    what: "expires_in of -1 and a list of scopes",
    source: "QwenLM/qwen-code#5355",
    program: { answerTokens: (members) => json({ ...members, expires_in: -1, scope: ["openid", "email"] }) },
  },
  {
    what: "a form, whatever was asked for",
    source: "onyx-dot-app/onyx#14905, preset-io/agor PR 2192",
    program: { answerTokens: form },
  },
  {
    what: "201 and JSON that says it is a page",
    source: "panva/openid-client#666: CrowdStrike, openhab/openhab-core#5284: Ostrom",
    program: {
      answerTokens: (members) => json(members, { status: 201, headers: { "Content-Type": "text/html" } }),
    },
  },
  {
    what: "401 at userinfo, for a token that is for another API",
    source: "camunda/camunda#53685, outline/outline#5497: Entra with a scope of an API of its own, ADFS",
    shape: "entra",
    program: {
      answerUserinfo: () =>
        json({ error: "invalid_token", error_description: "Invalid audience" }, { status: 401 }),
    },
  },
  {
    what: "a signed userinfo document",
    source: "outline/outline#12878, quarkusio/quarkus#42341",
    program: {
      answerUserinfo: async (claims, sign) =>
        new Response(await sign(claims), { headers: { "Content-Type": "application/jwt" } }),
    },
  },
  {
    what: "the subject at the end of a path",
    source: "steveiliop56/tinyauth#1025",
    program: { answerUserinfo: ({ sub, email }) => json({ data: { id: sub }, email }) },
    config: { ...BY_USERINFO, subject_claim: "data.id" },
  },
  {
    what: "a subject of twenty digits",
    source: "directus/directus PR 12457",
    program: { answerUserinfo: () => new Response(`{"id":12345678901234567890}`) },
    config: { ...BY_USERINFO, subject_claim: "id" },
    person: { upstream_sub: "12345678901234567890", email: null },
  },
  {
    what: "an id_token without a nonce, which nobody reads",
    source: "authlib/authlib#763: LinkedIn",
    program: { forgery: "missing_nonce" },
    config: { ...BY_USERINFO, scopes: ["openid", "email"] },
  },
  {
    what: "several audiences and no azp",
    source: "OpenID Connect Core errata set 2 §3.1.3.7",
    program: { idTokenClaims: { aud: ["another-client", "gatepost-at-provider"] } },
  },
  {
    what: "one key twice, and keys that are broken",
    source: "panva/openid-client#166, panva/jose#392",
    program: {
      publishKeys: (keys) => ({ keys: [{ kty: "EC", kid: keys[0]!.kid }, null, ...keys, ...keys] }),
    },
  },
  {
    what: "no key id in the token and two keys that fit",
    source: "Infisical/infisical PR 4849, simplesamlphp/simplesamlphp-module-oidc#15",
    program: {
      idTokenHeader: { kid: undefined },
      publishKeys: (keys) => ({ keys: [{ ...STRANGER, kid: "older" }, ...keys] }),
    },
  },
  {
    what: "one document for all tenants",
    source: "openai/codex#38973, nextauthjs/next-auth PR 13440",
    shape: "entra_common",
    config: { allowed_tenants: ["8a1b6f02-4b0c-4d7e-9a3f-5c2d1e0f9b8a"] },
  },
  {
    what: "one prompt at most, where client and config want different ones",
    source: "opencloud-eu/desktop#871, KeepSoftwareSimple/compass-calendar#3662: Entra",
    shape: "entra",
    config: { authorization_parameters: { prompt: "consent" } },
    login: { prompt: "select_account" },
  },
  {
    what: "id and secret that it does not decode",
    source: "panva/oauth4webapi#148 and #199, glewlwyd 2.7.5",
    shape: "glewlwyd",
  },
  {
    what: "its document only where RFC 8414 puts it, and a page elsewhere",
    source: "MCP authorization specification 2026-07-28, authorization server metadata",
    program: { faults: { discovery: { kind: "html" } } },
  },
  {
    what: "a name with characters that no database holds, and a long list of groups",
    source: "farcasterxyz/hub-monorepo#1753: what PostgreSQL says of such text",
    program: {
      answerUserinfo: (claims) =>
        json({
          ...claims,
          name: "A\0da \ud800",
          groups: Array.from({ length: 9000 }, (_, index) => `g${index}`),
        }),
    },
  },
];

/** A public key that signed nothing: the example of RFC 7517 appendix A.1. */
const STRANGER = {
  kty: "EC",
  crv: "P-256",
  x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
};

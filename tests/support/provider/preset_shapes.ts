/**
 * The providers of the presets, as their documentation describes them: which endpoints they have, what they refuse,
 * what they say of a person, and what brings a refresh token.
 *
 * Each source stands in `documentation` of the preset of the same name.
 *
 * @module
 */

import type { Preset } from "../../../functions/_shared/upstream/presets/preset.ts";
import { PRESETS } from "../../../functions/_shared/upstream/presets/presets.ts";
import type { Endpoint, Program } from "./program.ts";
import { type Shape, SHAPES } from "./shapes.ts";

const { openid, google, auth0, entra, entra_common } = SHAPES;

/** A provider that a preset is for, and what its login must come to. */
export interface PresetProvider {
  shape: Shape;
  program?: Partial<Program>;
  /** The values that the preset asks for. */
  values?: Record<string, string>;
  /** The subject of the person 1001; null for nobody. */
  subject: string | null;
  /** The address that is kept, and whether it counts as verified. */
  email: [address: string | null, verified: boolean];
  /** Whether a refresh token comes. */
  renewable: boolean;
}

const ADA = { subject: "1001", email: ["ada@example.com", true] as [string, boolean], renewable: true };

/** Refuses a way of client authentication that the provider does not have. */
function onlyBy(method: "basic" | "post", others: Shape["refuse"] = () => undefined): Shape["refuse"] {
  return (parameters) => {
    const isToken = parameters.has("grant_type");
    const isPost = parameters.has("client_secret");
    return isToken && isPost !== (method === "post") ? `only ${method} is taken` : others(parameters);
  };
}

function hasScope(parameters: URLSearchParams, scope: string): boolean {
  return (parameters.get("scope") ?? "").split(" ").includes(scope);
}

/** Offline access is a scope. */
function byScope(scope: string): Shape["grantsRefreshToken"] {
  return (authorization) => hasScope(authorization, scope);
}

/** A provider without OpenID: its endpoints have the paths that the preset names. */
function plain(id: string, changes: Partial<Shape>): Shape {
  const { columns, documentation } = PRESETS[id]!;
  return {
    ...openid,
    source: documentation[0]!,
    openId: false,
    sendsIss: false,
    ...changes,
    paths: { ...openid.paths, ...listPaths(columns) },
  };
}

function listPaths(columns: Preset["columns"]): Partial<Record<Endpoint, string>> {
  const named: [Endpoint, string | undefined][] = [
    ["authorize", columns.authorization_endpoint],
    ["token", columns.token_endpoint],
    ["userinfo", columns.userinfo_endpoint],
    ["emails", columns.emails_endpoint],
    ["revocation", columns.revocation_endpoint],
  ];
  return Object.fromEntries(
    named.filter(([, url]) => url !== undefined).map(([endpoint, url]) => [endpoint, new URL(url!).pathname]),
  );
}

/** The provider of each preset. */
export const PRESET_PROVIDERS: Record<string, PresetProvider> = {
  atlassian: {
    ...ADA,
    shape: plain("atlassian", {
      refuse: onlyBy(
        "post",
        (parameters) =>
          parameters.has("response_type") && parameters.get("audience") !== "api.atlassian.com"
            ? "the audience is missing"
            : undefined,
      ),
      grantsRefreshToken: byScope("offline_access"),
      describePerson: ({ sub, email, name }) => ({ account_id: sub, email, name, account_type: "atlassian" }),
    }),
    email: ["ada@example.com", false],
  },
  auth0: {
    ...ADA,
    shape: { ...auth0, refuse: onlyBy("post", auth0.refuse) },
    values: { domain: "example.eu.auth0.com", audience: "https://api.example.com" },
  },
  cognito: {
    ...ADA,
    shape: SHAPES.cognito,
    values: { region: "eu-central-1", user_pool: "eu-central-1_Ab1Cd2Ef3" },
  },
  discord: {
    ...ADA,
    shape: plain("discord", {
      refuse: onlyBy("basic"),
      describePerson: ({ sub, email, name }) => ({ id: sub, username: name, email, verified: true }),
    }),
    email: ["ada@example.com", false],
  },
  entra: {
    ...ADA,
    shape: entra,
    values: { tenant: "8a1b6f02-4b0c-4d7e-9a3f-5c2d1e0f9b8a" },
    email: ["ada@example.com", false],
  },
  entra_multi_tenant: {
    ...ADA,
    shape: entra_common,
    values: { audience: "common" },
    email: ["ada@example.com", false],
  },
  github: { ...ADA, shape: SHAPES.github, renewable: false },
  gitlab: { ...ADA, shape: openid, values: { host: "gitlab.example.com" } },
  google: { ...ADA, shape: google },
  hubspot: {
    shape: plain("hubspot", { refuse: onlyBy("post") }),
    subject: null,
    email: [null, false],
    renewable: true,
  },
  keycloak: {
    ...ADA,
    shape: SHAPES.keycloak,
    values: { host: "sso.example.com", realm: "demo" },
  },
  linear: {
    ...ADA,
    shape: plain("linear", {
      describePerson: ({ sub, email, name }) => ({ data: { viewer: { id: sub, name, email } } }),
    }),
    email: [null, false],
  },
  // authlib#763: the id_token has no nonce.
  linkedin: {
    ...ADA,
    shape: {
      ...openid,
      issuerPath: "/oauth",
      sendsIss: false,
      refuse: onlyBy("post"),
      grantsRefreshToken: () => false,
    },
    program: { forgery: "missing_nonce" },
    renewable: false,
  },
  notion: {
    ...ADA,
    shape: plain("notion", {
      refuse: onlyBy(
        "basic",
        (parameters) =>
          parameters.has("response_type") && parameters.get("owner") !== "user"
            ? "owner is missing"
            : undefined,
      ),
      grantsRefreshToken: () => false,
      describePerson: ({ sub, name }) => ({
        object: "user",
        id: "the-bot",
        type: "bot",
        bot: { owner: { type: "user", user: { object: "user", id: sub, name } } },
      }),
    }),
    email: [null, false],
    renewable: false,
  },
  okta: {
    ...ADA,
    shape: {
      ...openid,
      issuerPath: "/oauth2/default",
      sendsIss: false,
      refuse: onlyBy("basic"),
      grantsRefreshToken: byScope("offline_access"),
    },
    values: { domain: "example.okta.com" },
  },
  salesforce: {
    ...ADA,
    shape: {
      ...openid,
      sendsIss: false,
      grantsRefreshToken: byScope("refresh_token"),
      describePerson: (person) => ({ ...person, sub: `https://login.salesforce.com/id/00D/${person.sub}` }),
    },
    subject: "https://login.salesforce.com/id/00D/1001",
  },
  slack: {
    ...ADA,
    shape: { ...openid, sendsIss: false, refuse: onlyBy("post"), grantsRefreshToken: () => false },
    // "ok" beside every answer (https://docs.slack.dev/reference/methods/openid.connect.token).
    program: { answerTokens: (members) => Response.json({ ok: true, ...members }) },
    renewable: false,
  },
  supabase: {
    ...ADA,
    shape: { ...openid, issuerPath: "/auth/v1", sendsIss: false },
    values: { project: "abcdefghijklmnopqrst" },
  },
  workos: {
    ...ADA,
    shape: {
      ...openid,
      sendsIss: false,
      refuse: onlyBy("post"),
      grantsRefreshToken: byScope("offline_access"),
    },
    values: { domain: "example.authkit.app" },
  },
  zoom: {
    ...ADA,
    shape: plain("zoom", {
      refuse: onlyBy("basic"),
      describePerson: ({ sub, email, name }) => ({ id: sub, email, display_name: name, verified: 1 }),
    }),
    email: ["ada@example.com", false],
  },
};

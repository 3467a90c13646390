/**
 * What a programmable provider remembers: codes, access tokens, refresh tokens.
 *
 * It verifies PKCE S256 itself, and refuses a code that comes back.
 *
 * @module
 */

import { base64url } from "jose";
import type { Person, RefreshBehaviour } from "./program.ts";

/** One authorization: who, and with which request. */
export interface Authorization {
  person: Person;
  parameters: URLSearchParams;
  spent: boolean;
}

/** What a provider makes up. */
export type SecretKind = "code" | "access-token" | "refresh-token";

interface RefreshToken {
  authorization: Authorization;
  family: { alive: boolean };
  spent: boolean;
}

/** The provider's memory. */
export interface Grants {
  authorize: (person: Person, parameters: URLSearchParams) => string;
  /** The authorization behind a code, or why there is none. */
  redeem: (form: URLSearchParams) => Promise<Authorization | string>;
  issueAccessToken: (authorization: Authorization) => string;
  issueRefreshToken: (authorization: Authorization, family?: { alive: boolean }) => string;
  /** The authorization and the next refresh token, if any; undefined when the old one is refused. */
  refresh: (
    token: string,
    behaviour: RefreshBehaviour,
  ) => { authorization: Authorization; next: string | undefined } | undefined;
  findPerson: (accessToken: string) => Person | undefined;
  revoke: (token: string) => void;
}

/** Makes an empty memory. */
export function rememberGrants(makeSecret: (kind: SecretKind) => string): Grants {
  const codes = new Map<string, Authorization>();
  const accessTokens = new Map<string, Authorization>();
  const refreshTokens = new Map<string, RefreshToken>();

  const grants: Grants = {
    authorize(person, parameters): string {
      const code = makeSecret("code");
      codes.set(code, { person, parameters, spent: false });
      return code;
    },
    async redeem(form): Promise<Authorization | string> {
      const authorization = codes.get(form.get("code") ?? "");
      if (!authorization || authorization.spent) {
        return "the code is unknown or spent";
      }
      const verifier = form.get("code_verifier") ?? "";
      if (await hashVerifier(verifier) !== authorization.parameters.get("code_challenge")) {
        return "the verifier is not the challenge's";
      }
      if (form.get("redirect_uri") !== authorization.parameters.get("redirect_uri")) {
        return "the redirect URI is another";
      }
      authorization.spent = true;
      return authorization;
    },
    issueAccessToken(authorization): string {
      const token = makeSecret("access-token");
      accessTokens.set(token, authorization);
      return token;
    },
    issueRefreshToken(authorization, family = { alive: true }): string {
      const token = makeSecret("refresh-token");
      refreshTokens.set(token, { authorization, family, spent: false });
      return token;
    },
    refresh(token, behaviour): ReturnType<Grants["refresh"]> {
      const known = refreshTokens.get(token);
      if (!known || behaviour === "revoking") {
        return undefined;
      }
      if (known.spent) {
        known.family.alive = false;
      }
      if (!known.family.alive) {
        return undefined;
      }
      const { authorization, family } = known;
      if (behaviour === "rotating") {
        known.spent = true;
        return { authorization, next: grants.issueRefreshToken(authorization, family) };
      }
      return { authorization, next: behaviour === "not_rotating" ? token : undefined };
    },
    findPerson: (token) => accessTokens.get(token)?.person,
    revoke(token): void {
      accessTokens.delete(token);
      refreshTokens.delete(token);
    },
  };
  return grants;
}

async function hashVerifier(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url.encode(new Uint8Array(digest));
}

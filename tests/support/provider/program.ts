/**
 * What a programmable provider can be told to do.
 *
 * @module
 */

import type { JWK } from "jose";
import type { ReceivedRequest } from "./provider.ts";

/** Signs claims as the provider does. */
export type SignClaims = (claims: Record<string, unknown>) => Promise<string>;

/** The endpoints of a provider, each counted by itself. */
export type Endpoint =
  | "discovery"
  | "oauth_metadata"
  | "authorize"
  | "token"
  | "userinfo"
  | "emails"
  | "jwks"
  | "revocation"
  | "trap";

/** What an endpoint sends; what it throws is a connection that failed, where no socket is between. */
export type EndpointAnswer = (request: ReceivedRequest) => Response | Promise<Response>;

/** Somebody who logs in. Claims that are left out are left out of the answers. */
export interface Person {
  sub: string;
  email?: string;
  /** Providers disagree on its type, so any is allowed. */
  email_verified?: unknown;
  name?: string;
}

/** How an endpoint misbehaves. */
export type Fault =
  | { kind: "status"; status: number; headers?: Record<string, string> }
  | { kind: "json"; body: unknown; status?: number }
  | { kind: "html" }
  | { kind: "huge" }
  | { kind: "hang" }
  | { kind: "reset" }
  | { kind: "redirect"; to: string };

/** What is wrong with the id_token. */
export type Forgery =
  | "wrong_issuer"
  | "wrong_nonce"
  | "missing_nonce"
  | "wrong_audience"
  | "expired"
  | "alg_none"
  | "hs256_with_public_key"
  | "missing_signature"
  | "garbled_signature"
  | "other_key_id"
  | "other_key_same_id"
  | "no_id_token";

/** What the provider does when a refresh token comes back. */
export type RefreshBehaviour =
  /** A new one each time; the old one is refused from then on, and takes its family with it. */
  | "rotating"
  /** The same one again. */
  | "not_rotating"
  /** None in the answer: the old one stays good. */
  | "omitting"
  /** `invalid_grant`, for good. */
  | "revoking";

/** Everything that can be programmed. Whatever is not set is as a good provider does it. */
export interface Program {
  /** Who logs in where the request hints at nobody else. */
  person: Person;
  /** Chosen by `login_hint`. */
  people: Record<string, Person>;
  refresh: RefreshBehaviour;
  faults: Partial<Record<Endpoint, Fault>>;
  /** Whole answers in place of an endpoint's own. */
  answers: Partial<Record<Endpoint, EndpointAnswer>>;
  /** Milliseconds before an endpoint answers. */
  delays: Partial<Record<Endpoint, number>>;
  forgery: Forgery | undefined;
  /** Claims of userinfo that say something else; undefined leaves one out. */
  userinfo: Record<string, unknown>;
  /** Members of the discovery document that say something else. */
  metadata: Record<string, unknown>;
  /** Parameters of the authorization response that say something else; null leaves one out. */
  callback: Record<string, string | null>;
  /** Seconds; null leaves `expires_in` out; undefined as the shape does. */
  expiresIn: number | null | undefined;
  /** Members of the token answer that say something else; undefined leaves one out. */
  tokens: Record<string, unknown>;
  /** What the token endpoint sends in place of the standard's JSON, at a login and at a refresh. */
  answerTokens: ((members: Record<string, unknown>) => Response | Promise<Response>) | undefined;
  /** What userinfo sends in place of the person's claims; `sign` makes a JWT of claims with the provider's key. */
  answerUserinfo:
    | ((claims: Record<string, unknown>, sign: SignClaims) => Response | Promise<Response>)
    | undefined;
  /** What stands at `jwks_uri` in place of the one key. */
  publishKeys: ((keys: JWK[]) => unknown) | undefined;
  /** Signs id_tokens in place of the provider's key. */
  idTokenKey: CryptoKey | undefined;
  /** Claims of the id_token that say something else; undefined leaves one out. */
  idTokenClaims: Record<string, unknown>;
  /** Parameters of the id_token's header that say something else; undefined leaves one out. */
  idTokenHeader: Record<string, unknown>;
  /** The provider's clock, in milliseconds since the epoch. */
  now: () => number;
}

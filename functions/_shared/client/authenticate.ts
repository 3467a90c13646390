/**
 * Whether a client is who it says, at the token, revocation and introspection endpoints.
 *
 * This module checks every assertion, also that of a client which need not
 * prove anything. SQL decides the rest together with the request itself:
 * whether a secret is right, whether the client needs a proof, and whether an
 * assertion was used before. So SQL refuses a client of `private_key_jwt` that
 * sends no assertion.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../database/database.ts";
import type { CLIENT_REFUSALS } from "../database/rows.ts";
import { type OAuthError, unavailable } from "../errors.ts";
import { buildExpiringCache, sizeOfJson } from "../expiring_cache.ts";
import type { Parameters } from "../http/body.ts";
import { unknownServer } from "../http/route.ts";
import { hashSecret } from "../secrets/secrets.ts";
import { buildServerUrls } from "../urls.ts";
import { type Assertion, isSignedByOneOf, parseAssertion, refusedAssertion } from "./assertion.ts";
import { readAlgorithms } from "./auth_method.ts";
import { readClientCredentials, refusedClient } from "./credentials.ts";
import { buildFindClientKeys, type FindClientKeys, type StoredClient } from "./keys.ts";
import type { DocumentDependencies } from "./metadata_document.ts";

const text = z.optional(z.string());
const textOrNull = z.nullable(z.string());

const findMcpClient = defineCall(
  "find_mcp_client",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("found"),
      client_id: z.string(),
      kind: z.string(),
      keys: z.object({
        jwks_uri: text,
        // `key_set.ts` checked the members before they were stored.
        jwks: z.optional(z.object({ keys: z.array(z.looseObject({ kty: z.enum(["RSA", "EC", "OKP"]) })) })),
        token_endpoint_auth_signing_alg: text,
        token_endpoint_auth_signing_alg_values_supported: z.optional(z.array(z.string())),
      }),
    }),
    z.object({ outcome: z.enum(["unknown_client", "unknown_server"]), client_id: textOrNull }),
  ]),
);

/** The proof of a client, in the form that SQL takes. */
export interface ClientProof {
  clientId: string;
  secretHash: string | null;
  /** An assertion whose signature was checked. */
  assertion: { hash: string; expiresAt: string } | null;
}

/** The endpoints at which clients authenticate. */
export type ProvingEndpoint = "token" | "revoke" | "introspect";

/** Reads the proof of a client and checks its assertion, or throws `invalid_client`. */
export type AuthenticateClient = (request: Request, form: Parameters, slug: string) => Promise<ClientProof>;

/** What authentication needs from outside. */
export interface AuthenticationDependencies extends DocumentDependencies {
  database: Database;
}

const CLIENT_MILLISECONDS = 60_000;
/** One may have 60 kB of keys. */
const LIMITS = { maxEntries: 1000, maxBytes: 2_000_000 };

/** Builds the authentication of an endpoint. A client's keys and where they are stay in the worker for a while. */
export function buildAuthenticateClient(
  endpoint: ProvingEndpoint,
  dependencies: AuthenticationDependencies,
): AuthenticateClient {
  const { database, publicUrl, now } = dependencies;
  const findKeys = buildFindClientKeys(dependencies);
  const clients = buildExpiringCache<StoredClient>(
    { ...LIMITS, milliseconds: CLIENT_MILLISECONDS, sizeOf: sizeOfJson },
    now,
  );
  return async (request, form, slug) => {
    const sent = readClientCredentials(request, form);
    if (sent.kind === "secret") {
      return { clientId: sent.clientId, secretHash: sent.secretHash, assertion: null };
    }
    const urls = buildServerUrls(publicUrl, slug);
    const assertion = parseAssertion(sent.assertion, [urls.issuer, urls.token, urls[endpoint]], now());
    const { clientId } = assertion;
    if (sent.clientId !== undefined && sent.clientId !== clientId) {
      throw refusedAssertion("assertion_of_other_client");
    }
    const client = await clients.get(
      `${slug} ${clientId}`,
      slug,
      () => findStoredClient(slug, clientId, database),
    );
    await checkSignature(assertion, client, findKeys);
    return {
      clientId,
      secretHash: null,
      assertion: {
        hash: hashSecret(assertion.tokenId),
        expiresAt: new Date(assertion.forgottenAt).toISOString(),
      },
    };
  };
}

/** The arguments by which a SQL function knows who asks, and how it was proven; without an assertion they name none. */
export function toProofArguments({ clientId, secretHash, assertion }: ClientProof): {
  p_client_id: string;
  p_client_secret_hash: string | null;
  p_assertion_hash?: string;
  p_assertion_expires_at?: string;
} {
  return {
    p_client_id: clientId,
    p_client_secret_hash: secretHash,
    ...(assertion && { p_assertion_hash: assertion.hash, p_assertion_expires_at: assertion.expiresAt }),
  };
}

/** The refusal of a client that SQL did not let in. */
export function refuseClient(outcome: (typeof CLIENT_REFUSALS)[number]): OAuthError {
  switch (outcome) {
    case "unknown_server":
      return unknownServer();
    case "unknown_client":
    case "wrong_secret":
      return refusedClient(outcome);
    case "assertion_required":
    case "assertion_replayed":
    case "assertion_expired":
      return refusedAssertion(outcome);
    case "too_many_assertions":
      return unavailable(
        "Cannot authenticate client now: it has sent too many assertions, try again",
        outcome,
      );
  }
}

async function findStoredClient(slug: string, clientId: string, database: Database): Promise<StoredClient> {
  const finding = await findMcpClient(database, { p_slug: slug, p_client_id: clientId });
  switch (finding.outcome) {
    case "found":
      return finding as StoredClient;
    case "unknown_client":
      throw refusedAssertion(finding.outcome);
    case "unknown_server":
      throw unknownServer();
  }
}

/** If no known key made the signature, the keys are fetched again and tried once more: a client may change its keys at any time. */
async function checkSignature(
  assertion: Assertion,
  client: StoredClient,
  findKeys: FindClientKeys,
): Promise<void> {
  for (const anew of [false, true]) {
    const { keySet, named } = await findKeys(client, anew);
    if (await isSignedByOneOf(keySet, assertion, readAlgorithms(named))) {
      return;
    }
  }
  throw refusedAssertion("assertion_signature_wrong");
}

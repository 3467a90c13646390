/**
 * How a client proves who it is: what it prefers, what it offers, and which method is used.
 *
 * `token_endpoint_auth_method` alone is the only method of a client. Beside
 * `token_endpoint_auth_methods_supported` it is the client's preference, and
 * the list is the offer (OpenID Connect Relying Party Metadata Choices 1.0 §2).
 * `assertion.ts` and SQL check whether a proof is right.
 *
 * @module
 */

/** The methods by which a client can prove who it is; `none` means without a proof. */
export const AUTH_METHODS = ["none", "client_secret_post", "client_secret_basic", "private_key_jwt"] as const;

/** One of them. */
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** The algorithms of an assertion: asymmetric ones only, because Gatepost knows public keys only. */
export const ASSERTION_ALGORITHMS = [
  "RS256",
  "PS256",
  "ES256",
  "EdDSA",
  "Ed25519",
  "RS384",
  "RS512",
  "PS384",
  "PS512",
  "ES384",
] as const;

/** What a client offers: both members together, in its order, with its preference first. */
export function readOffer(metadata: Record<string, unknown>, singular: string, plural: string): string[] {
  const offered = [metadata[singular], metadata[plural]].flat();
  return [...new Set(offered.filter((value) => typeof value === "string" && value !== ""))] as string[];
}

/** The methods a client offers. */
export function readMethods(metadata: Record<string, unknown>): string[] {
  return readOffer(metadata, "token_endpoint_auth_method", "token_endpoint_auth_methods_supported");
}

/** The algorithms that a client may sign its assertions with: those it names, or all where it names none. */
export function readAlgorithms(metadata: Record<string, unknown>): string[] {
  const named = readOffer(
    metadata,
    "token_endpoint_auth_signing_alg",
    "token_endpoint_auth_signing_alg_values_supported",
  );
  // Two names of one algorithm (RFC 9864 §2.2).
  const meant = named.flatMap((name) => ["EdDSA", "Ed25519"].includes(name) ? ["EdDSA", "Ed25519"] : [name]);
  return ASSERTION_ALGORITHMS.filter((name) => named.length === 0 || meant.includes(name));
}

/**
 * The method of a client that registers: the first that it offers and can be had, else one with a secret, which
 * whoever registers is told (RFC 7591 §3.2.1).
 *
 * `undefined` where it offers nothing but keys, and these cannot be used: it would be locked out.
 */
export function chooseRegisteredMethod(offered: readonly string[], hasKeys: boolean): AuthMethod | undefined {
  const usable = AUTH_METHODS.filter((method) => method !== "private_key_jwt" || hasKeys);
  const chosen = offered.find((method) => usable.includes(method as AuthMethod)) as AuthMethod | undefined;
  return chosen ?? (offered.includes("private_key_jwt") ? undefined : "client_secret_basic");
}

/**
 * The least that a client with a metadata document must prove: nothing where it offers that, else that it has the key.
 *
 * Such a client is told no choice, so each way that it offers stays open to it; an assertion that it sends is checked
 * all the same. Secrets are not among them: nobody gave it one. `undefined` where it offers nothing that can be had.
 */
export function chooseDescribedMethod(
  offered: readonly string[],
  hasKeys: boolean,
): "none" | "private_key_jwt" | undefined {
  if (offered.length === 0 || offered.includes("none")) {
    return "none";
  }
  return hasKeys && offered.includes("private_key_jwt") ? "private_key_jwt" : undefined;
}

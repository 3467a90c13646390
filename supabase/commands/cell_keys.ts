/**
 * Signing keys for a further project behind an origin, whose projects publish one set of keys.
 *
 * @module
 */

import type { JWK } from "jose";
import { generateSigningKeys } from "../local/make_keys.ts";
import { Problem, toSentence } from "../local/problem.ts";

/** The keys of a further cell. */
export interface CellKeys {
  /** Its `GATEPOST_SIGNING_KEYS`: a private key of its own, and behind it what the origin publishes. */
  signingKeys: string;
  /** The public half of its own key, which every other cell has to publish before it signs. */
  publicHalf: string;
}

/** Makes signing keys for a further cell behind an origin, of which `GATEPOST_PUBLIC_URL` is given. */
export async function makeCellKeys(publicUrl: string): Promise<CellKeys> {
  const published = await fetchPublishedKeys(`${publicUrl.replace(/\/$/, "")}/oauth-jwks`);
  const [own] = JSON.parse(await generateSigningKeys()).keys as [JWK];
  return {
    signingKeys: JSON.stringify({ keys: [own, ...published.map(toPublicHalf)] }),
    publicHalf: JSON.stringify(toPublicHalf(own)),
  };
}

function toPublicHalf({ d: _, ...publicHalf }: JWK): JWK {
  return publicHalf;
}

async function fetchPublishedKeys(url: string): Promise<JWK[]> {
  try {
    const response = await fetch(url);
    const { keys } = await response.json() as { keys: JWK[] };
    if (response.ok && Array.isArray(keys)) {
      return keys;
    }
    throw new Error(`The answer is ${response.status} and no set of keys`);
  } catch (cause) {
    throw new Problem(`Cannot read the published keys at ${url}: ${toSentence(cause)}`);
  }
}

/**
 * Finds a deployment: the project that is named, or the running stack.
 *
 * @module
 */

import { Problem } from "../../local/problem.ts";
import { readStatus } from "../../local/stack_status.ts";
import { ask } from "./ask.ts";

/** The options that name a deployment. */
export const PLACE_OPTIONS = {
  url: { description: "a project's URL, https://<ref>.supabase.co; the running stack without", value: "URL" },
  "publishable-key": { description: "the project's publishable key", value: "KEY" },
  "public-url": {
    description: "GATEPOST_PUBLIC_URL of the project, if it has an origin of its own",
    value: "URL",
  },
} as const;

/** What was given for `PLACE_OPTIONS` and `--data`. */
export interface PlaceValues {
  url: string | undefined;
  "publishable-key": string | undefined;
  "public-url": string | undefined;
  data: string;
}

/** Where a deployment is. */
export interface Place {
  apiUrl: string;
  publicUrl: string;
  key: string;
}

/** The project that was named; the running stack without. */
export async function findPlace(given: PlaceValues): Promise<Place> {
  if (given.url === undefined) {
    const { API_URL, PUBLIC_URL, PUBLISHABLE_KEY } = await readStatus(given.data);
    return { apiUrl: API_URL, publicUrl: PUBLIC_URL, key: PUBLISHABLE_KEY };
  }
  if (!URL.canParse(given.url)) {
    throw new Problem(`Give --url as a whole URL: ${given.url} is not one`);
  }
  const { origin } = new URL(given.url);
  return {
    apiUrl: origin,
    publicUrl: (given["public-url"] ?? `${origin}/functions/v1`).replace(/\/$/, ""),
    key: given["publishable-key"] ?? ask("Publishable key", "--publishable-key"),
  };
}

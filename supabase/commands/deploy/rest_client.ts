/**
 * What a bundle has of supabase-js: the part that speaks to the REST layer, by the same name and with the same answers.
 *
 * The package makes clients for sign-in, files and channels as well, whoever
 * asks for one. That is half of what a function would have to read at a cold start, and
 * none calls them. A request has the headers that the package would send.
 *
 * @module
 */

import { PostgrestClient } from "@supabase/postgrest-js";

/** What of the package's options the functions set. */
interface Options {
  auth: unknown;
  global?: { headers: Record<string, string> };
}

/** Makes the client of a project's REST layer, which is called with the key where no header says otherwise. */
export function createClient(url: string, key: string, { global }: Options): PostgrestClient {
  const headers = { apikey: key, Authorization: `Bearer ${key}`, ...global?.headers };
  const { href } = new URL("rest/v1", url.endsWith("/") ? url : `${url}/`);
  return new PostgrestClient(href, { headers, schema: "public" });
}

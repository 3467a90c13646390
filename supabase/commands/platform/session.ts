/**
 * A platform user's session at a deployment: signed in with Supabase Auth, and nothing that the user has no right to.
 *
 * No secret key is needed. The embedded stack has a user of its own for whoever
 * runs it, whose password stands in the data folder.
 *
 * @module
 */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { Problem } from "../../local/problem.ts";
import { openDemoOwner } from "../../local/demo/demo_owner.ts";
import { ask, askSecret } from "./ask.ts";
import { findPlace, type Place, type PlaceValues } from "./place.ts";

/** What was given for `PLATFORM_OPTIONS` and `--data`. */
export interface PlatformValues extends PlaceValues {
  email: string | undefined;
  organization: string | undefined;
}

/** A signed-in user, and where the functions are. */
export interface PlatformSession {
  publicUrl: string;
  client: SupabaseClient;
  /** Calls a function with JSON; whatever the status is. */
  post: (path: string, body: unknown) => Promise<{ status: number; body: Record<string, unknown> }>;
  signOut: () => Promise<void>;
}

/** Signs in. */
export async function openSession(given: PlatformValues): Promise<PlatformSession> {
  const place = await findPlace(given);
  const client = createClient(place.apiUrl, place.key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const accessToken = given.url === undefined && given.email === undefined
    ? await signInLocally(client, given.data, place)
    : await signIn(client, given.email ?? ask("E-mail address", "--email"));
  return {
    publicUrl: place.publicUrl,
    client,
    async post(path, body): ReturnType<PlatformSession["post"]> {
      const response = await fetch(`${place.publicUrl}/${path}`, {
        method: "POST",
        headers: {
          "Authorization": `Bearer ${accessToken}`,
          "Content-Type": "application/json",
          "apikey": place.key,
        },
        body: JSON.stringify(body),
      }).catch((cause) => {
        throw new Problem(`Nothing answers at ${place.publicUrl}: check --url and --public-url`, { cause });
      });
      const answer = await response.json().catch(() => ({}));
      return { status: response.status, body: answer as Record<string, unknown> };
    },
    async signOut(): Promise<void> {
      await client.auth.signOut({ scope: "local" });
    },
  };
}

async function signIn(client: SupabaseClient, email: string): Promise<string> {
  const password = Deno.env.get("GATEPOST_PASSWORD") || askSecret("Password", "GATEPOST_PASSWORD");
  const { data, error } = await client.auth.signInWithPassword({ email, password });
  if (error || !data.session) {
    throw new Problem(`Cannot sign in as ${email}: check the address, the password and the URL`);
  }
  return data.session.access_token;
}

/** Signs in as the embedded stack's own user, and makes it the first time. */
async function signInLocally(client: SupabaseClient, dataDir: string, place: Place): Promise<string> {
  const owner = await openDemoOwner(dataDir, { apiUrl: place.apiUrl, publishableKey: place.key });
  const { data, error } = await client.auth.signInWithPassword(owner);
  if (error || !data.session) {
    throw new Problem(`Cannot sign in as ${owner.email}: give another address with --email`);
  }
  return data.session.access_token;
}

/** The organization that is meant: the one named, the only one, or on the embedded stack a new one. */
export async function findOrganizationId(
  { client }: PlatformSession,
  { organization, url }: PlatformValues,
): Promise<string> {
  if (organization !== undefined) {
    return organization;
  }
  const { data, error } = await client.from("organizations").select("id, name");
  if (error) {
    throw new Problem("Cannot read your organizations: check --url and --publishable-key");
  }
  const organizations = data as { id: string; name: string }[];
  if (organizations.length === 1) {
    return organizations[0]!.id;
  }
  if (organizations.length > 1) {
    const list = organizations.map(({ id, name }) => `${id} (${name})`).join(", ");
    throw new Problem(`Give --organization: you belong to ${list}`);
  }
  if (url !== undefined) {
    throw new Problem("You belong to no organization: call create_organization, or ask for an invitation");
  }
  const { data: made } = await client.rpc("create_organization", { p_name: "My company" });
  if (made?.outcome !== "created") {
    throw new Problem("You belong to no organization, and no new one can be made: give another --email");
  }
  return made.id;
}

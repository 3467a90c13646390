/**
 * The database as a platform user sees it: with the publishable key and the user's own token.
 *
 * The REST layer verifies the token and row level security decides; nothing
 * here runs with rights of its own. A Gatepost access token is no token of the
 * platform and is refused there.
 *
 * @module
 */

import { createClient, type PostgrestError } from "@supabase/supabase-js";
import * as z from "zod/mini";
import type { Config } from "../_shared/config.ts";
import { toFailure } from "../_shared/database/database.ts";
import type { Database as Schema } from "../_shared/database/types.ts";
import { OAuthError } from "../_shared/errors.ts";

const TIMEOUT_MILLISECONDS = 10_000;

const organizationSchema = z.nullable(z.object({ organization_id: z.string() }));

const changeSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.enum(["created", "saved"]), id: z.string() }),
  z.object({ outcome: z.literal("invalid"), reason: z.string(), argument: z.string(), expected: z.string() }),
  z.object({ outcome: z.enum(["forbidden", "unknown_organization", "unknown_config"]) }),
]);

/** What became of a change. */
export type PlatformChange = z.infer<typeof changeSchema>;

/** What a change is made to: a config, or an organization that gets a new one. */
export interface ChangeTarget {
  id: string | undefined;
  organizationId: string | undefined;
}

/** What one platform user may call. */
export interface Platform {
  /** The organization that a change is made in, unless the user does not belong to it. */
  findOrganization: (target: ChangeTarget) => Promise<string | undefined>;
  saveOAuthConfig: (args: Record<string, unknown>) => Promise<PlatformChange>;
}

/** Opens the platform for the bearer of an access token of Supabase Auth. */
export type ConnectPlatform = (accessToken: string) => Platform;

/** Connects to the platform's REST layer. */
export function connectPlatform(config: Config): ConnectPlatform {
  const publishableKey = config.supabasePublishableKey;
  if (!publishableKey) {
    throw new Error(
      "Cannot start: neither SUPABASE_PUBLISHABLE_KEYS nor SUPABASE_ANON_KEY is set; Supabase sets them for its functions",
    );
  }
  return (accessToken) => {
    const client = createClient<Schema>(config.supabaseUrl, publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      global: { headers: { Authorization: `Bearer ${accessToken}` } },
    });
    return {
      findOrganization: async ({ id, organizationId }) => {
        const found = id === undefined
          ? client.from("organizations").select("organization_id:id").eq("id", organizationId!)
          : client.from("custom_oauth_configs").select("organization_id").eq("id", id);
        const data = readAnswer(
          await found.abortSignal(AbortSignal.timeout(TIMEOUT_MILLISECONDS)).maybeSingle(),
        );
        return z.parse(organizationSchema, data)?.organization_id;
      },
      saveOAuthConfig: async (args) => {
        const saved = client.rpc("save_oauth_config", args);
        return z.parse(
          changeSchema,
          readAnswer(await saved.abortSignal(AbortSignal.timeout(TIMEOUT_MILLISECONDS))),
        );
      },
    };
  };
}

function readAnswer<T>({
  data,
  error,
  status,
}: {
  data: T;
  error: PostgrestError | null;
  status: number;
}): T {
  if (status === 401 || status === 403) {
    throw new OAuthError("invalid_token", "Cannot save config: sign in to the platform first", {
      reason: "platform_token_refused",
    });
  }
  if (error) {
    throw toFailure(error);
  }
  return data;
}

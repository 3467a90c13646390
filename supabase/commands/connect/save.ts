/**
 * The steps of `connect` at a deployment, through the doors that every owner has.
 *
 * @module
 */

import type { Check } from "../../../functions/_shared/upstream/doctor/findings.ts";
import { Problem } from "../../local/problem.ts";
import type { PlatformSession } from "../platform/session.ts";
import type { Wish } from "./gather.ts";

/** What the deployment found. */
export interface Examined {
  redirectUri: string;
  checks: Check[];
}

/** Has the provider examined as a draft. */
export async function examineDraft(
  { post }: PlatformSession,
  organizationId: string,
  { config }: Wish,
): Promise<Examined> {
  const { status, body } = await post("oauth-configs/check", { organization_id: organizationId, ...config });
  if (status !== 200) {
    throw refusal(body, status);
  }
  return { redirectUri: String(body["redirect_uri"]), checks: body["checks"] as Check[] };
}

/** Saves the provider, and the server with it. Only if it may be replaced, a server of the organization is changed. */
export async function saveBoth(
  { post, client }: PlatformSession,
  organizationId: string,
  { config, slug, serverName, mcpUrl, replace }: Wish,
): Promise<{ configId: string; serverId: string }> {
  const { data: own } = await client.from("mcp_server_settings").select("mcp_server_id, oauth_config_id")
    .eq("organization_id", organizationId).eq("slug", slug).maybeSingle();
  if (own && !replace) {
    throw new Problem(`Give another --slug, or --replace: ${slug} is a server of this organization`);
  }
  const { status, body } = await post("oauth-configs", { organization_id: organizationId, ...config });
  if (status !== 201) {
    throw refusal(body, status);
  }
  const configId = String(body["id"]);
  const { data, error } = await client.rpc("save_mcp_server", {
    ...(own
      ? { p_id: own.mcp_server_id, p_auth_type: "custom_oauth" }
      : { p_organization_id: organizationId }),
    p_slug: slug,
    p_name: serverName,
    p_custom_oauth_config_id: configId,
    p_upstream_url: mcpUrl,
  });
  if (error || !["created", "saved"].includes(data.outcome)) {
    await client.rpc("delete_oauth_config", { p_id: configId });
    throw new Problem(explainServer(data ?? {}, slug));
  }
  if (own?.oauth_config_id) {
    // One that another server uses stays: the outcome is in_use.
    await client.rpc("delete_oauth_config", { p_id: own.oauth_config_id });
  }
  return { configId, serverId: data.id };
}

function explainServer(answer: Record<string, unknown>, slug: string): string {
  switch (answer["outcome"]) {
    case "slug_taken":
      return `Give another --slug: ${slug} is taken`;
    case "invalid":
      return `Cannot save server: ${String(answer["argument"]).replace("p_", "")} has to be ${
        answer["expected"]
      }`;
    default:
      return `Cannot save server: ${answer["outcome"] ?? "the database refuses"}`;
  }
}

function refusal(body: Record<string, unknown>, status: number): Problem {
  return new Problem(String(body["error_description"] ?? `The deployment answers ${status}`));
}

/** A person who logged in. */
export interface FirstLogin {
  id: string;
  email: string | null;
  upstream_sub: string | null;
}

const POLL_MILLISECONDS = 1000;

/** Waits until an end user has logged in since `since`; undefined if nobody has in time. */
export async function awaitLogin(
  { client }: PlatformSession,
  organizationId: string,
  serverId: string,
  since: Date,
  seconds: number,
): Promise<FirstLogin | undefined> {
  const ends = Date.now() + seconds * 1000;
  while (Date.now() < ends) {
    const { data: events } = await client.from("mcp_audit_events").select("mcp_server_user_id")
      .eq("organization_id", organizationId).eq("mcp_server_id", serverId)
      .gte("occurred_at", since.toISOString()).not("mcp_server_user_id", "is", null).limit(1);
    const userId = events?.[0]?.mcp_server_user_id;
    if (userId) {
      const { data: users } = await client.from("mcp_server_user").select("id, email, upstream_sub").eq(
        "id",
        userId,
      );
      return users?.[0] as FirstLogin;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  return undefined;
}

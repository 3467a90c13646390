/**
 * POST /oauth-configs: makes or changes an organization's OAuth config.
 *
 * This endpoint is for owners and admins who are signed in with Supabase Auth.
 * It exists because the client secret must be sealed before it reaches the
 * database. A provider that cannot be found is refused here, and not at the
 * first login. The answer has the redirect URI to register at the provider, and
 * what the owner should know. POST /oauth-configs/check is in `check.ts`.
 *
 * @module
 */

import { answerWithChallenge, readBearerToken } from "../_shared/http/bearer.ts";
import { readJsonObject } from "../_shared/http/body.ts";
import type { ConnectUser } from "../_shared/database/user_database.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { OAuthError } from "../_shared/errors.ts";
import { notFound } from "../_shared/http/route.ts";
import type { FetchDependencies } from "../_shared/upstream/upstream.ts";
import { buildCallbackUrl } from "../_shared/urls.ts";
import { checkConfig } from "./check.ts";
import { checkIssuer } from "./check_issuer.ts";
import { checkBeforeSaving } from "./check_settings.ts";
import { type ClientSecretDependencies, sealClientSecret } from "./client_secret.ts";
import { parseConfigChange } from "./config_change.ts";
import { moveIssuer } from "./move.ts";
import { readOrganization, saveOAuthConfig } from "./save.ts";
import { applyChange, readSettings } from "./settings.ts";

/** What the endpoint needs from outside. */
export interface ConfigsDependencies
  extends EndpointDependencies, FetchDependencies, ClientSecretDependencies {
  publicUrl: string;
  connectUser: ConnectUser;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildConfigsEndpoint(
  dependencies: ConfigsDependencies,
): (request: Request) => Promise<Response> {
  const options = {
    name: "oauth-configs",
    methods: ["POST"],
    crossOrigin: true,
    allowedHeaders: ["apikey", "x-client-info"],
    exit: answerWithChallenge,
    route: "",
  };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const [action] = path;
    if (path.length > 1 || (action !== undefined && action !== "check" && action !== "move")) {
      throw notFound();
    }
    const database = dependencies.connectUser(readBearerToken(request));
    const body = await readJsonObject(request);
    if (action === "check") {
      return await checkConfig(database, body, dependencies);
    }
    if (action === "move") {
      return await moveIssuer(database, body, dependencies);
    }
    const parsed = parseConfigChange(body);
    const { clientSecret, ...change } = parsed;
    const before = change.p_id === undefined ? undefined : await readSettings(database, change.p_id);
    const organizationId = change.p_id === undefined
      ? await readOrganization(database, change.p_organization_id!)
      : before?.organization_id;
    if (organizationId === undefined || organizationId === null) {
      throw unknownTarget(change.p_id === undefined ? "unknown_organization" : "unknown_config");
    }
    const published = change.p_issuer && !change.p_authorization_endpoint
      ? await checkIssuer(change.p_issuer, organizationId, dependencies)
      : undefined;
    // A value that no config takes is the database's to refuse.
    const settings = applyChange(before, parsed);
    const warnings = settings === undefined ? [] : checkBeforeSaving(settings, parsed, published);
    const saved = await saveOAuthConfig(database, {
      ...change,
      ...(clientSecret === undefined ? {} : {
        p_client_secret_ciphertext: await sealClientSecret(
          clientSecret,
          organizationId,
          change.p_id,
          dependencies,
        ),
      }),
    });
    switch (saved.outcome) {
      case "created":
      case "saved":
        return Response.json(
          { id: saved.id, redirect_uri: buildCallbackUrl(dependencies.publicUrl, organizationId), warnings },
          { status: saved.outcome === "created" ? 201 : 200 },
        );
      case "forbidden":
        throw new OAuthError("forbidden", "Cannot save config: only owners and admins may", {
          reason: "role_too_low",
        });
      case "quota_reached":
        throw new OAuthError("forbidden", "Cannot save config: the organization has as many as it may", {
          reason: "quota_reached",
        });
      case "unknown_organization":
      case "unknown_config":
        throw unknownTarget(saved.outcome);
      case "invalid":
        throw refusedValue(saved);
    }
  });
}

/** The sentence for an invalid value: the member of the body, and what it has to be. */
function refusedValue(refusal: { argument: string; expected: string; reason: string }): OAuthError {
  const member = refusal.argument.replace("p_", "").replace("client_secret_ciphertext", "client_secret");
  const description = `Cannot save config: ${member} has to be ${refusal.expected}`;
  return new OAuthError("invalid_request", description, { reason: refusal.reason });
}

/** One answer for a config that does not exist and for one of another organization. */
function unknownTarget(reason: string): OAuthError {
  return new OAuthError("not_found", "Cannot save config: there is no such organization or config for you", {
    reason,
  });
}

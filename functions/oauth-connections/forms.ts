/**
 * The page in a browser: what it shows, and what its forms do.
 *
 * Each form posts here and is answered with a redirect to the page, so that a
 * reload repeats nothing and the page shows what is so.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import type { FindServer } from "../_shared/database/server_cache.ts";
import { OAuthError } from "../_shared/errors.ts";
import { readForm } from "../_shared/http/body.ts";
import type { Answer } from "../_shared/http/endpoint.ts";
import { chooseLanguage } from "../_shared/http/language.ts";
import { isOwnPage } from "../_shared/http/own_page.ts";
import { CONNECTIONS_CLIENT_ID } from "../_shared/tokens/own_page.ts";
import type { UpstreamDependencies } from "../_shared/upstream/upstream.ts";
import { buildLogoUrl, buildServerUrls } from "../_shared/urls.ts";
import {
  type AccessDependencies,
  type ConnectionsLogin,
  findConnectionsLogin,
  forgetLogin,
} from "./access.ts";
import { listConnections } from "./connections.ts";
import { showList, showLogin } from "./connections_page.ts";
import { beginOwnLogin } from "./login.ts";
import { revokeConnections } from "./revocation.ts";

/** The page's own login ends as that of any client that gives its token back (RFC 7009). */
export const endOwnLogin = defineCall(
  "revoke_token",
  z.object({ outcome: z.string() }),
  ["p_client_secret_hash", "p_handle_hash", "p_family_id"],
);

/** What the page needs from outside. */
export interface FormDependencies extends AccessDependencies, UpstreamDependencies {
  findServer: FindServer;
}

/** Shows what is connected, or how to log in. */
export async function showConnections(
  request: Request,
  slug: string,
  dependencies: FormDependencies,
): Promise<Response | Answer> {
  const server = await dependencies.findServer(slug);
  const language = chooseLanguage(request);
  const owner = { name: server.organization_name, logoUrl: buildLogoUrl(server, dependencies.publicUrl) };
  const login = await findConnectionsLogin(request, slug, dependencies);
  if (login === undefined) {
    return showLogin(server, isInterrupted(request), language, owner);
  }
  try {
    return showList(await listConnections(login, dependencies), language, owner);
  } catch (thrown) {
    if (!isEnded(thrown)) {
      throw thrown;
    }
    const response = showLogin(server, false, language, owner);
    response.headers.append("Set-Cookie", forgetLogin(slug, dependencies.publicUrl));
    return { response, reason: "login_ended" };
  }
}

/** Acts on a form of the page. */
export async function answerForm(
  request: Request,
  slug: string,
  dependencies: FormDependencies,
): Promise<Response | Answer> {
  if (!isOwnPage(request, [dependencies.publicUrl])) {
    throw new OAuthError("forbidden", "Cannot do this: the form did not come from this page", {
      reason: "form_of_other_origin",
    });
  }
  const { parameters } = await readForm(request);
  const action = parameters.get("action");
  if (action === "log_in") {
    return await beginOwnLogin(request, slug, dependencies);
  }
  const login = await findConnectionsLogin(request, slug, dependencies);
  if (login === undefined) {
    return backToPage(slug, dependencies);
  }
  switch (action) {
    case "disconnect":
      return await disconnect(login, parameters.get("connection") ?? "", dependencies);
    case "disconnect_all":
      return await disconnect(login, null, dependencies);
    case "log_out":
      return await logOut(login, dependencies);
    default:
      throw new OAuthError("invalid_request", "Cannot do this: the page has no such form", {
        reason: "action_unknown",
      });
  }
}

/** A connection that is gone already is what the person wants; a login that has ended shows as such on the page. */
async function disconnect(
  login: ConnectionsLogin,
  connectionId: string | null,
  dependencies: FormDependencies,
): Promise<Answer> {
  try {
    const { ended: _ended, ...reported } = await revokeConnections(login, connectionId, dependencies);
    return { response: backToPage(login.slug, dependencies), ...reported };
  } catch (thrown) {
    if (thrown instanceof OAuthError && (isEnded(thrown) || thrown.reason === "unknown_connection")) {
      return { response: backToPage(login.slug, dependencies), reason: thrown.reason };
    }
    throw thrown;
  }
}

async function logOut(
  { slug, familyId }: ConnectionsLogin,
  dependencies: FormDependencies,
): Promise<Response> {
  await endOwnLogin(dependencies.database, {
    p_slug: slug,
    p_client_id: CONNECTIONS_CLIENT_ID,
    p_client_secret_hash: null,
    p_handle_hash: null,
    p_family_id: familyId,
  });
  const response = backToPage(slug, dependencies);
  response.headers.append("Set-Cookie", forgetLogin(slug, dependencies.publicUrl));
  return response;
}

function backToPage(slug: string, { publicUrl }: FormDependencies): Response {
  return new Response(null, {
    status: 303,
    headers: { Location: buildServerUrls(publicUrl, slug).connections },
  });
}

function isInterrupted(request: Request): boolean {
  return new URL(request.url).searchParams.get("login") === "interrupted";
}

function isEnded(thrown: unknown): boolean {
  return thrown instanceof OAuthError && thrown.reason === "access_token_revoked";
}

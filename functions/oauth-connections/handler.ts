/**
 * /oauth-connections/{slug}: what a person has allowed apps to do, for that person, as JSON and as a page.
 *
 * For programs: GET lists, DELETE ends all connections, or with an id behind the
 * slug one. They send an access token for this resource (RFC 8707) with the scope
 * `connections`; the token of an MCP client is for another one and is refused.
 *
 * For a browser it is a page of HTML forms without script. The page is a client
 * of Gatepost (RFC 6749 §4.1 with PKCE): `login.ts` gets it a token, which stays
 * in a cookie. A DELETE never reads the cookie, and a form is taken from this
 * origin only.
 *
 * @module
 */

import { answerWithChallenge } from "../_shared/http/bearer.ts";
import { prefersPage } from "../_shared/http/accept.ts";
import {
  type Answer,
  buildEndpoint,
  type Call,
  type EndpointDependencies,
} from "../_shared/http/endpoint.ts";
import { answerWithPage } from "../_shared/http/page_error.ts";
import { isSlug, notFound } from "../_shared/http/route.ts";
import { buildFindServer } from "../_shared/database/server_cache.ts";
import { type AccessDependencies, readConnectionsLogin } from "./access.ts";
import { describeConnections, listConnections } from "./connections.ts";
import { answerForm, type FormDependencies, showConnections } from "./forms.ts";
import { finishOwnLogin } from "./login.ts";
import { revokeConnections } from "./revocation.ts";

/** What the endpoint needs from outside. */
export type ConnectionsDependencies =
  & EndpointDependencies
  & AccessDependencies
  & Omit<FormDependencies, "findServer">
  & {
    /** Where the consent page stands if not here: then no page can be served here. */
    consentUrl: string | undefined;
  };

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildConnectionsEndpoint(
  dependencies: ConnectionsDependencies,
): (request: Request) => Promise<Response> {
  const pages: FormDependencies = { ...dependencies, findServer: buildFindServer(dependencies) };
  const servesPages = dependencies.consentUrl === undefined;
  const options = {
    name: "oauth-connections",
    methods: ["GET", "POST", "DELETE"],
    crossOrigin: false,
    exit: (error: Parameters<typeof answerWithPage>[0], call: Call): Response =>
      servesPages && isOfBrowser(call.request) ? answerWithPage(error, call) : answerWithChallenge(error),
  };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const [slug = "", step, ...rest] = path;
    if (!isSlug(slug) || rest.length > 0) {
      throw notFound();
    }
    if (servesPages && isOfBrowser(request)) {
      return await answerBrowser(request, slug, step, pages);
    }
    if (request.method === "POST" || (request.method !== "DELETE" && step !== undefined)) {
      throw notFound();
    }
    return await answerProgram(request, slug, step, dependencies);
  });
}

/** Forms come from pages only, and a program says whose it is by its token. */
function isOfBrowser(request: Request): boolean {
  return request.method === "POST" ||
    (request.method !== "DELETE" && !request.headers.has("Authorization") && prefersPage(request));
}

async function answerBrowser(
  request: Request,
  slug: string,
  step: string | undefined,
  dependencies: FormDependencies,
): Promise<Response | Answer> {
  if (step === "callback" && request.method !== "POST") {
    return await finishOwnLogin(request, slug, dependencies);
  }
  if (step !== undefined) {
    throw notFound();
  }
  return request.method === "POST"
    ? await answerForm(request, slug, dependencies)
    : await showConnections(request, slug, dependencies);
}

async function answerProgram(
  request: Request,
  slug: string,
  id: string | undefined,
  dependencies: ConnectionsDependencies,
): Promise<Response | Answer> {
  const login = await readConnectionsLogin(request, slug, dependencies);
  if (request.method === "DELETE") {
    const { ended, ...reported } = await revokeConnections(login, id ?? null, dependencies);
    return { response: Response.json({ ended }), ...reported };
  }
  return Response.json(describeConnections(await listConnections(login, dependencies)));
}

/**
 * /mcp/{slug}: the gateway before an MCP server (Streamable HTTP).
 *
 * Asks for a token if the call has none, and checks the token if it has one.
 * Forwards the call with the provider's token of its user and a signed statement
 * of who the user is. The client never sees the provider's token, and the MCP
 * server never sees the client's.
 *
 * @module
 */

import { prefersPage } from "../_shared/http/accept.ts";
import { addChallenge, answerWithChallenge } from "../_shared/http/bearer.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { type Answer, buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { notFound, readSlug } from "../_shared/http/route.ts";
import { buildFindServer } from "../_shared/database/server_cache.ts";
import { buildServerUrls } from "../_shared/urls.ts";
import { type AccessDependencies, buildVerifyCaller } from "./access.ts";
import { type AddressDependencies, buildCheckServerAddress } from "./forward/address.ts";
import {
  type AnonymousCallDependencies,
  buildPrepareAnonymousCall,
  TRACKING_HEADER,
} from "./anonymous_calls.ts";
import { readCalled } from "./called.ts";
import { buildPrepareCall, type CallDependencies, type PreparedCall } from "./calls.ts";
import { buildForward } from "./forward/forward.ts";
import { buildLoopGuard } from "./forward/loop.ts";
import { checkOrigin } from "./forward/origin.ts";
import { permitCall } from "./scopes/permission.ts";
import { toUpstreamUrl } from "./forward/query.ts";
import type { Exchange, OpenExchange } from "./records/exchange.ts";
import { openRequestBody, type RequestBody } from "./forward/request_body.ts";
import { buildVault, type VaultDependencies } from "./vault/vault.ts";

/** Within this time a server that was disabled is refused. */
const SERVER_CACHE_MILLISECONDS = 30_000;

/** What the gateway needs from outside. */
export type GatewayDependencies =
  & EndpointDependencies
  & AccessDependencies
  & AddressDependencies
  & AnonymousCallDependencies
  & CallDependencies
  & VaultDependencies
  & {
    /** Sees each call, so that it can be recorded. */
    openExchange: OpenExchange;
    /** Where the consent page stands if not here: then no page can be served here. */
    consentUrl: string | undefined;
  };

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildGatewayEndpoint(
  dependencies: GatewayDependencies,
): (request: Request) => Promise<Response> {
  const findServer = buildFindServer(dependencies, SERVER_CACHE_MILLISECONDS);
  const checkServerAddress = buildCheckServerAddress(dependencies);
  const verifyCaller = buildVerifyCaller(dependencies);
  const vault = buildVault(dependencies);
  const prepareCall = buildPrepareCall(vault, dependencies);
  const prepareAnonymousCall = buildPrepareAnonymousCall(dependencies);
  const loopGuard = buildLoopGuard(dependencies);
  const forward = buildForward(vault, loopGuard);
  const servesPages = dependencies.consentUrl === undefined;
  const options = {
    name: "mcp",
    methods: ["POST", "GET", "DELETE"],
    crossOrigin: true,
    // The newest transport repeats arguments of a tool in headers whose names only the tool knows.
    allowedHeaders: [TRACKING_HEADER, "*"],
    exit: answerWithChallenge,
    counter: "gatepost.gateway.calls",
  } as const;
  const prepare = async (
    request: Request,
    server: McpServer,
    exchange: Exchange,
  ): Promise<[PreparedCall, RequestBody]> => {
    if (server.auth_type === "none") {
      const call = await prepareAnonymousCall(server, request);
      exchange.identify({ userId: call.userId, clientId: null });
      return [call, await openRequestBody(request, exchange.seeRequest)];
    }
    const token = await verifyCaller(request, server);
    exchange.identify({ userId: token.subject, clientId: token.clientId });
    const body = await permitCall(request, token, server, exchange.seeRequest);
    return [await prepareCall(server, token, request.headers.get("Mcp-Session-Id")), body];
  };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    checkOrigin(request);
    const server = await findServer(readSlug(path));
    if (server.upstream_url === null) {
      throw notFound();
    }
    if (servesPages && isOfPerson(request)) {
      return await showAddress(server, request, dependencies.publicUrl);
    }
    await loopGuard.check(request, server.upstream_url);
    const called = readCalled(request.headers);
    const exchange = dependencies.openExchange(request, server, called);
    try {
      const [call, body] = await prepare(request, server, exchange);
      await checkServerAddress(server.upstream_url, server.organization_id);
      exchange.begin([call.identityToken, call.entry?.accessToken]);
      const url = toUpstreamUrl(server.upstream_url, request.url);
      return await forward(request, body, url, call, exchange, called);
    } catch (thrown) {
      exchange.fail(thrown);
      throw addChallenge(thrown, toChallenge(server, dependencies.publicUrl));
    }
  });
}

/** Whether a person has opened the URL: a browser asks for a page, and says nothing that a client says. */
function isOfPerson(request: Request): boolean {
  return ["GET", "HEAD"].includes(request.method) && prefersPage(request) &&
    !request.headers.has("Authorization") && !request.headers.has("Mcp-Session-Id");
}

/** The page is loaded when the first person asks for it: no call of an MCP client waits for it at a cold start. */
async function showAddress(server: McpServer, request: Request, publicUrl: string): Promise<Answer> {
  const { showAddressPage } = await import("./address_page.ts");
  const challenge = server.auth_type === "none" ? undefined : toChallenge(server, publicUrl);
  return { response: showAddressPage(server, request, publicUrl, challenge), reason: "address_page" };
}

/** Where to log in, and for what: every scope in one challenge (RFC 9728 §5.1, RFC 6750 §3). */
function toChallenge(server: McpServer, publicUrl: string): Record<string, string> {
  const scopes = server.required_scopes.length > 0
    ? server.required_scopes
    : server.scopes_supported.filter((scope) => scope !== "offline_access");
  return {
    resource_metadata: buildServerUrls(publicUrl, server.slug).protectedResourceMetadata,
    ...(scopes.length > 0 ? { scope: scopes.join(" ") } : {}),
  };
}

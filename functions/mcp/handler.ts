/**
 * /mcp/{slug}: the gateway before an MCP server (Streamable HTTP).
 *
 * Asks for a token where there is none, checks the one that is there, and
 * forwards the call with the upstream token of its user and a signed statement
 * of who that is. The client never sees the upstream token, the MCP server
 * never sees the client's.
 *
 * @module
 */

import { answerWithChallenge } from "../_shared/http/bearer.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
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
import { buildPrepareCall, type CallDependencies, type PreparedCall } from "./calls.ts";
import { buildForward } from "./forward/forward.ts";
import { checkOrigin } from "./forward/origin.ts";
import { permitCall } from "./scopes/permission.ts";
import { openRequestBody, type RequestBody } from "./forward/request_body.ts";

/** A disabled server is refused within this time. */
const SERVER_CACHE_MILLISECONDS = 30_000;

/** What the gateway needs from outside. */
export type GatewayDependencies =
  & EndpointDependencies
  & AccessDependencies
  & AddressDependencies
  & AnonymousCallDependencies
  & CallDependencies;

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildGatewayEndpoint(
  dependencies: GatewayDependencies,
): (request: Request) => Promise<Response> {
  const findServer = buildFindServer(dependencies, SERVER_CACHE_MILLISECONDS);
  const checkServerAddress = buildCheckServerAddress(dependencies);
  const verifyCaller = buildVerifyCaller(dependencies);
  const prepareCall = buildPrepareCall(dependencies);
  const prepareAnonymousCall = buildPrepareAnonymousCall(dependencies);
  const forward = buildForward();
  const options = {
    name: "mcp",
    methods: ["POST", "GET", "DELETE"],
    crossOrigin: true,
    // The newest transport mirrors a tool's arguments in headers that only the tool names.
    allowedHeaders: [TRACKING_HEADER, "*"],
    exit: answerWithChallenge,
  };
  return buildEndpoint(options, dependencies, async (call) => {
    const { request, path } = call;
    checkOrigin(request);
    const server = await findServer(readSlug(path));
    if (server.upstream_url === null) {
      throw notFound();
    }
    let prepared: PreparedCall;
    let body: RequestBody;
    if (server.auth_type === "none") {
      prepared = await prepareAnonymousCall(server, request);
      body = await openRequestBody(request);
    } else {
      call.challenge = () => buildChallenge(server, dependencies.publicUrl);
      const token = await verifyCaller(request, server);
      body = await permitCall(call, token, server);
      prepared = await prepareCall(server, token, request.headers.get("Mcp-Session-Id"));
    }
    await checkServerAddress(server.upstream_url);
    return await forward(request, body, server.upstream_url, prepared);
  });
}

/** Where to log in, and for what: every scope in one challenge (RFC 9728 §5.1, RFC 6750 §3). */
function buildChallenge(server: McpServer, publicUrl: string): Record<string, string> {
  const scopes = server.required_scopes.length > 0
    ? server.required_scopes
    : server.scopes_supported.filter((scope) => scope !== "offline_access");
  return {
    resource_metadata: buildServerUrls(publicUrl, server.slug).protectedResourceMetadata,
    ...(scopes.length > 0 ? { scope: scopes.join(" ") } : {}),
  };
}

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
import type { McpServer } from "../_shared/database/results.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { endpoint } from "../_shared/http/endpoint.ts";
import { notFound, readSlug } from "../_shared/http/route.ts";
import { cacheServers } from "../_shared/database/server_cache.ts";
import { buildServerUrls } from "../_shared/urls.ts";
import { authenticateCallers } from "./access.ts";
import { checkAddresses } from "./forward/address.ts";
import { prepareAnonymousCalls, TRACKING_HEADER } from "./anonymous_calls.ts";
import { prepareCalls, type PreparedCall } from "./calls.ts";
import { forwardCalls } from "./forward/forward.ts";
import { checkOrigin } from "./forward/origin.ts";
import { permitCall } from "./scopes/permission.ts";
import { toUpstreamUrl } from "./forward/query.ts";
import { openRequestBody, type RequestBody } from "./forward/request_body.ts";

/** A disabled server is refused within this time. */
const SERVER_CACHE_MILLISECONDS = 30_000;

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function gatewayEndpoint(dependencies: Dependencies): (request: Request) => Promise<Response> {
  const findServer = cacheServers(dependencies, SERVER_CACHE_MILLISECONDS);
  const checkAddress = checkAddresses(dependencies);
  const authenticate = authenticateCallers(dependencies);
  const prepareCall = prepareCalls(dependencies);
  const prepareAnonymousCall = prepareAnonymousCalls(dependencies);
  const forward = forwardCalls();
  const options = {
    name: "mcp",
    methods: ["POST", "GET", "DELETE"],
    crossOrigin: true,
    // The newest transport mirrors a tool's arguments in headers that only the tool names.
    allowedHeaders: [TRACKING_HEADER, "*"],
    exit: answerWithChallenge,
  };
  return endpoint(options, dependencies, async (call) => {
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
      call.challenge = () => buildChallenge(server, dependencies.config.publicUrl);
      const token = await authenticate(request, server);
      body = await permitCall(call, token, server);
      prepared = await prepareCall(server, token, request.headers.get("Mcp-Session-Id"));
    }
    await checkAddress(server.upstream_url);
    return await forward(request, body, toUpstreamUrl(server.upstream_url, request.url), prepared);
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

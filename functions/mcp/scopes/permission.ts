/**
 * Whether an access token's scopes are enough for a call, and the challenge where they are not.
 *
 * A server without scope rules is not read along with: its calls stream. One
 * with rules has the body of every call read whole before it is forwarded,
 * whatever its method: some servers let a header turn one method into another.
 *
 * @module
 */

import { readBytes } from "../../_shared/http/body.ts";
import type { McpServer } from "../../_shared/database/rows.ts";
import type { Call } from "../../_shared/http/endpoint.ts";
import { OAuthError } from "../../_shared/errors.ts";
import { parseScope } from "../../_shared/tokens/scope.ts";
import type { VerifiedAccessToken } from "../../_shared/tokens/signing.ts";
import { MAX_REQUEST_BYTES, openRequestBody, type RequestBody, wholeBody } from "../forward/request_body.ts";
import { parseMessages, type RpcMessage } from "./rpc_message.ts";
import { decideScopes } from "./rules.ts";

/**
 * Checks the scopes and returns the body to forward.
 *
 * @throws {OAuthError} `insufficient_scope`; the challenge names every scope to ask for.
 */
export async function permitCall(
  call: Call,
  token: VerifiedAccessToken,
  server: McpServer,
): Promise<RequestBody> {
  const { request } = call;
  if (server.scope_rules.length === 0) {
    if (server.required_scopes.length > 0) {
      checkScopes(call, token, server, []);
    }
    return openRequestBody(request);
  }
  const bytes = await readBytes(request, MAX_REQUEST_BYTES);
  checkScopes(call, token, server, parseMessages(new Uint8Array(bytes), request.headers));
  return wholeBody(bytes);
}

function checkScopes(
  call: Call,
  token: VerifiedAccessToken,
  server: McpServer,
  messages: RpcMessage[],
): void {
  const { missing, wanted } = decideScopes(parseScope(token.scope), messages, server);
  if (missing.length > 0) {
    const { challenge } = call;
    call.challenge = () => ({ ...challenge?.(), scope: wanted.join(" ") });
    throw new OAuthError("insufficient_scope", "Cannot call this server: the access token lacks a scope");
  }
}

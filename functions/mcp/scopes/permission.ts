/**
 * Whether an access token's scopes are enough for a call, and the challenge where they are not.
 *
 * Calls of a server without scope rules stream: the gateway does not read them.
 * For a server with rules the gateway reads the whole body before it forwards
 * the call. It does so for every HTTP method, because some servers let a header
 * replace the method.
 *
 * @module
 */

import { readBytes } from "../../_shared/http/body.ts";
import type { McpServer } from "../../_shared/database/rows.ts";
import { OAuthError } from "../../_shared/errors.ts";
import { parseScope } from "../../_shared/tokens/scope.ts";
import type { VerifiedAccessToken } from "../../_shared/tokens/signing.ts";
import { MAX_REQUEST_BYTES, openRequestBody, type RequestBody, wholeBody } from "../forward/request_body.ts";
import type { SeeBody } from "../records/exchange.ts";
import { parseMessages, type RpcMessage } from "./rpc_message.ts";
import { decideScopes } from "./rules.ts";

/**
 * Checks the scopes and returns the body to forward.
 *
 * @param see Sees the body, also of a call that is refused.
 * @throws {OAuthError} `insufficient_scope`; the challenge names every scope to ask for.
 */
export async function permitCall(
  request: Request,
  token: VerifiedAccessToken,
  server: McpServer,
  see: SeeBody,
): Promise<RequestBody> {
  if (server.scope_rules.length === 0) {
    const body = await openRequestBody(request, see);
    if (server.required_scopes.length > 0) {
      try {
        checkScopes(token, server, []);
      } catch (refusal) {
        body.discard();
        throw refusal;
      }
    }
    return body;
  }
  const bytes = await readBytes(request, MAX_REQUEST_BYTES);
  see(new Uint8Array(bytes), true);
  const messages = parseMessages(new Uint8Array(bytes), request.headers);
  checkScopes(token, server, messages);
  return wholeBody(bytes);
}

function checkScopes(
  token: VerifiedAccessToken,
  server: McpServer,
  messages: RpcMessage[],
): void {
  const { missing, wanted } = decideScopes(parseScope(token.scope), messages, server);
  if (missing.length > 0) {
    throw new OAuthError("insufficient_scope", "Cannot call this server: the access token lacks a scope", {
      challenge: { scope: wanted.join(" ") },
    });
  }
}

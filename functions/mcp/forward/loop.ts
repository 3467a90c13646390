/**
 * Calls that would go around in a circle: from the gateway to the gateway.
 *
 * An organization names its MCP server's address, and a name or a proxy can
 * lead back here. So each call that goes out carries a mark, and a call that
 * comes in with it is refused. The mark stands in `CDN-Loop` (RFC 8586), which
 * no proxy may remove. It is keyed: another deployment's mark is not this one's,
 * so gateways may stand behind each other, and nobody else can make one.
 *
 * Not covered: a server that takes the mark off and sends calls of its own
 * accord. It pays for each of them itself.
 *
 * @module
 */

import { base64url } from "jose";
import { OAuthError } from "../../_shared/errors.ts";
import type { EncryptionKeys } from "../../_shared/secrets/encryption.ts";

const HEADER = "CDN-Loop";

/** What keeps calls from going around. */
export interface LoopGuard {
  /** Refuses a call that has passed this gateway, and a server whose address is the gateway. */
  check: (request: Request, serverUrl: string) => Promise<void>;
  /** The header that a call goes out with, with what others wrote into it. */
  mark: (request: Request) => Promise<[name: string, value: string]>;
}

/** Builds the guard. Marks under every key are known, so that keys can be rotated under load. */
export function buildLoopGuard(
  { publicUrl, encryptionKeys }: { publicUrl: string; encryptionKeys: EncryptionKeys },
): LoopGuard {
  const marks = new Map([...encryptionKeys.keys].map(([id, key]) => [id, makeMark(key)]));
  return {
    async check(request, serverUrl): Promise<void> {
      if (leadsHere(serverUrl, publicUrl)) {
        throw refuse("the address of the MCP server is the gateway", "mcp_server_is_gateway");
      }
      const received = request.headers.get(HEADER);
      if (received !== null && (await Promise.all(marks.values())).some((mark) => received.includes(mark))) {
        throw refuse("it has passed this gateway before", "call_loops");
      }
    },
    async mark(request): Promise<[string, string]> {
      const received = request.headers.get(HEADER);
      const own = `gatepost; mark="${await marks.get(encryptionKeys.sealing)}"`;
      return [HEADER.toLowerCase(), received === null ? own : `${received}, ${own}`];
    },
  };
}

/** Other functions of the same project are no loop: an MCP server may be one of them. */
function leadsHere(serverUrl: string, publicUrl: string): boolean {
  const [server, gateway] = [new URL(serverUrl), new URL(`${publicUrl}/`)];
  const path = server.pathname.replace(/\/{2,}/g, "/");
  return server.host === gateway.host && path.startsWith(gateway.pathname) &&
    /^(mcp|oauth(-[a-z]+)?)(\/|$)/.test(path.slice(gateway.pathname.length));
}

async function makeMark(key: Uint8Array): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new Uint8Array(key), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign(
    "HMAC",
    imported,
    new TextEncoder().encode("gatepost call mark"),
  );
  return base64url.encode(new Uint8Array(signature));
}

function refuse(state: string, reason: string): OAuthError {
  return new OAuthError("loop_detected", `Cannot call the MCP server: ${state}`, { reason });
}

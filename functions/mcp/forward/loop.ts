/**
 * Refusing calls that would go in a circle: from the gateway to the gateway.
 *
 * An organization chooses its MCP server's address, and a host name or a proxy
 * can lead back here. So each call that goes out gets a mark, and a call that
 * comes in with the mark is refused. The mark is in `CDN-Loop` (RFC 8586), which
 * no proxy may remove. It is made with a key: the marks of other deployments
 * differ, so one gateway can be behind another, and nobody else can make a mark.
 *
 * Not covered: a server that removes the mark and makes a new call for each one.
 * It has to send every call itself.
 *
 * @module
 */

import * as base64url from "jose/base64url";
import { OAuthError } from "../../_shared/errors.ts";
import type { EncryptionKeys } from "../../_shared/secrets/encryption.ts";

const HEADER = "CDN-Loop";

/** The guard against such calls. */
export interface LoopGuard {
  /** Refuses a call that has passed this gateway, and a server whose address is the gateway. */
  check: (request: Request, serverUrl: string) => Promise<void>;
  /** The header of an outgoing call, with the entries that others made. */
  mark: (request: Request) => Promise<[name: string, value: string]>;
}

/** Builds the guard. It knows the marks of every key, so that keys can be rotated under load. */
export function buildLoopGuard(
  { publicUrl, encryptionKeys }: { publicUrl: string; encryptionKeys: EncryptionKeys },
): LoopGuard {
  // Made at the first call and not at start, where nobody would wait for it.
  const marks = new Map<string, Promise<string>>();
  const findMark = (id: string): Promise<string> => {
    const mark = marks.get(id) ?? makeMark(encryptionKeys.keys.get(id)!);
    marks.set(id, mark);
    return mark;
  };
  return {
    async check(request, serverUrl): Promise<void> {
      if (leadsHere(serverUrl, publicUrl)) {
        throw refuse("the address of the MCP server is the gateway", "mcp_server_is_gateway");
      }
      const received = request.headers.get(HEADER);
      if (
        received !== null &&
        (await Promise.all([...encryptionKeys.keys.keys()].map(findMark))).some((mark) =>
          received.includes(mark)
        )
      ) {
        throw refuse("it has passed this gateway before", "call_loops");
      }
    },
    async mark(request): Promise<[string, string]> {
      const received = request.headers.get(HEADER);
      const own = `gatepost; mark="${await findMark(encryptionKeys.sealing)}"`;
      return [HEADER.toLowerCase(), received === null ? own : `${received}, ${own}`];
    },
  };
}

/** Whether a URL is the gateway. Other functions of the project are not: an MCP server can be one of them. */
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

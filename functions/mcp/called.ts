/**
 * What a call asks for: the method of its message, and the tool or prompt that it names.
 *
 * For the span of the call alone, and as far as it is known when the answer
 * begins: from the headers that repeat the message, then from the message as it
 * passes. Nothing is decided by it: the headers can say what the message does
 * not.
 *
 * @module
 */

import type { Attributes } from "../_shared/telemetry/telemetry.ts";

/** What is known so far. */
export interface Called {
  method?: string | undefined;
  name?: string | undefined;
}

/** A method of the protocol: words with slashes between. */
const METHOD = /^[a-z]{1,32}(\/[A-Za-z_]{1,32}){0,2}$/;
/** A name as the protocol asks for. A longer one, or another one, is left out. */
const NAME = /^[A-Za-z0-9_./-]{1,128}$/;
const VERSION = /^\d{4}-\d{2}-\d{2}$/;

/** Reads what the headers of a call repeat of its message. */
export function readCalled(headers: Headers): Called {
  return { method: headers.get("Mcp-Method") ?? undefined, name: headers.get("Mcp-Name") ?? undefined };
}

/** Fills in what a message says. The second message makes it a batch, which has no method of its own. */
export function fillCalled(
  called: Called,
  { method, name }: { method?: string | null | undefined; name?: string | undefined },
  isFirst: boolean,
): void {
  if (!isFirst) {
    called.method = called.name = undefined;
  } else if (typeof method === "string") {
    [called.method, called.name] = [method, name];
  }
}

/** How the span of a call is named, and what it says, by the conventions for MCP. */
export function describeCalled(called: Called, headers: Headers): { name?: string; attributes: Attributes } {
  const method = METHOD.test(called.method ?? "") ? called.method! : undefined;
  const name = NAME.test(called.name ?? "") ? called.name : undefined;
  const tool = method === "tools/call" ? name : undefined;
  const prompt = method === "prompts/get" ? name : undefined;
  const version = headers.get("MCP-Protocol-Version") ?? "";
  return {
    ...(method === undefined ? {} : { name: [method, tool ?? prompt].filter(Boolean).join(" ") }),
    attributes: {
      "mcp.method.name": method,
      "gen_ai.tool.name": tool,
      "gen_ai.operation.name": method === "tools/call" ? "execute_tool" : undefined,
      "gen_ai.prompt.name": prompt,
      "mcp.protocol.version": VERSION.test(version) ? version : undefined,
    },
  };
}

/**
 * Which scopes a call needs, by the rules of its server: a decision without I/O.
 *
 * A rule names a method and, if it likes, what the call names: a tool, a
 * prompt, a resource. `*` stands for any text. Rules add up. Where a message
 * names several things a rule for any of them counts, and what is not a text
 * counts as everything: which of them the MCP server reads is not known here.
 *
 * @module
 */

import type { McpServer } from "../_shared/database_results.ts";
import type { RpcMessage } from "./rpc_message.ts";

/** The part of a server's row that decides. */
export type ScopePolicy = Pick<McpServer, "required_scopes" | "scope_rules" | "scope_hierarchy">;

/** The scopes that a call lacks, and those to ask for: with these the call would have worked. */
export interface ScopeDecision {
  missing: string[];
  wanted: string[];
}

/** Decides whether the granted scopes are enough for these messages. */
export function decideScopes(
  granted: readonly string[],
  messages: readonly RpcMessage[],
  policy: ScopePolicy,
): ScopeDecision {
  const held = includeScopes(granted, policy.scope_hierarchy);
  const needed = [...policy.required_scopes, ...messages.flatMap((message) => findNeeded(message, policy))];
  const missing = [...new Set(needed.filter((scope) => !held.has(scope)))];
  // A login replaces what was granted, so that it is asked for again, but for what the missing ones include.
  const included = includeScopes(missing, policy.scope_hierarchy);
  const kept = granted.filter((scope) => scope !== "offline_access" && !included.has(scope));
  return { missing, wanted: [...new Set([...kept, ...missing])] };
}

/** Scopes with all that they include. */
export function includeScopes(
  scopes: readonly string[],
  hierarchy: ScopePolicy["scope_hierarchy"],
): Set<string> {
  const included = new Set<string>();
  const pending = [...scopes];
  for (let scope = pending.pop(); scope !== undefined; scope = pending.pop()) {
    if (!included.has(scope)) {
      included.add(scope);
      pending.push(...(Object.hasOwn(hierarchy, scope) ? hierarchy[scope]! : []));
    }
  }
  return included;
}

function findNeeded({ method, names }: RpcMessage, { scope_rules }: ScopePolicy): string[] {
  if (method === undefined) {
    return [];
  }
  return scope_rules
    .filter((rule) => matches(rule.method, method))
    .filter(({ name }) => name === undefined || names.some((named) => matches(name, named)))
    .flatMap(({ scopes }) => scopes);
}

/** Whether a text fits a pattern, of which only `*` is special. */
function matches(pattern: string, text: unknown): boolean {
  if (typeof text !== "string") {
    return true;
  }
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) {
    return text === first;
  }
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
    return false;
  }
  let position = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found === -1 || found + part.length > end) {
      return false;
    }
    position = found + part.length;
  }
  return true;
}

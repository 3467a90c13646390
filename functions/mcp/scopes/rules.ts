/**
 * Which scopes a call needs, by the rules of its server: a decision without I/O.
 *
 * A rule has a method and may have a name: of a tool, a prompt or a resource.
 * `*` stands for any text. The scopes of all rules that match add up. If a
 * message has several names, a rule for any of them matches, because it is not
 * known which of them the MCP server reads. For the same reason a value that
 * servers read in different ways matches every rule. A URI is compared as it is
 * written and in its normal form. Other spellings of the same resource, such as
 * another case or a link in the server's file system, are not known here.
 *
 * @module
 */

import type { McpServer } from "../../_shared/database/rows.ts";
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
  // A new login replaces the granted scopes, so they are asked for again, without those that a missing one includes.
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
  const spellings = names.flatMap(listSpellings);
  return scope_rules
    .filter((rule) => matches(rule.method, method))
    .filter(({ name }) => name === undefined || spellings.some((spelling) => matches(name, spelling)))
    .flatMap(({ scopes }) => scopes);
}

/** Ways to write the same URI: `file:///a/%2e%2e/b` is also `file:///b`. */
function listSpellings(name: unknown): unknown[] {
  if (!isUsual(name)) {
    return [name];
  }
  const spellings = [name];
  // Each round removes one layer of escapes. No known server removes more.
  for (let round = 0; round < 3 && URL.canParse(spellings.at(-1)!); round++) {
    const normal = new URL(spellings.at(-1)!).href;
    spellings.push(normal, readEscapes(normal));
  }
  return spellings;
}

function readEscapes(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

const MAX_LENGTH = 4096;

/** Whether a value is a text that all servers read in the same way, and short enough to be matched fast. */
function isUsual(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_LENGTH && !/[\p{Cc}\p{Cs}]/u.test(value);
}

/** Whether a text fits a pattern, of which only `*` is special. */
function matches(pattern: string, text: unknown): boolean {
  if (!isUsual(text)) {
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

/**
 * Gatepost, as `deno task start` serves it: front, function worker, REST layer and PostgreSQL.
 *
 * @module
 */

import { connect } from "../../../../supabase/local/database/connect.ts";
import { type Stack, type StackOptions, startStack } from "../../../../supabase/local/stack.ts";
import { discover, register } from "../../../support/client/mcp_client.ts";
import { filled } from "../../../support/database/fill.ts";
import { makeProviderKeys } from "../../../support/provider/id_token.ts";
import { buildProvider } from "../../../support/provider/provider.ts";
import { insert, makeTenant } from "../../../support/stack/tenant.ts";
import type { Way } from "../client/way.ts";
import { listChildren, type Root } from "../processes.ts";
import { CLIENT } from "../upstream_client.ts";
import type { Side } from "./side.ts";

/** How a Gatepost is measured. */
export interface GatepostOptions {
  name: string;
  /** How its functions reach the database. */
  path: string;
  /** What is different about its stack. */
  stack?: Partial<StackOptions>;
  folder: string;
  upstreamUrl: string;
  /** How many organizations people log in to. */
  organizations?: number;
  /** Fills the database before anybody logs in. */
  fill?: (stack: Stack) => Promise<void>;
}

/** A side with its stack. */
export interface GatepostSide extends Side {
  stack: Stack;
}

/** What each child of the stack does, by its command line. */
const ROLES = {
  "function_worker.ts": "functions",
  "rest_process.ts": "REST layer",
  "demo_process.ts": undefined,
} as const;

/** Starts a stack with so many tenants and a client for each. */
export async function startGatepost(options: GatepostOptions): Promise<GatepostSide> {
  await using started = new AsyncDisposableStack();
  const before = new Set((await listChildren(Deno.pid)).map(({ pid }) => pid));
  const dataDir = await Deno.makeTempDir({ dir: options.folder, prefix: "gatepost-" });
  await Deno.chmod(dataDir, 0o711);
  const { workers = 1 } = options.stack ?? {};
  const stack = await startStack({ ...options.stack, port: 0, dataDir: `${dataDir}/stack`, quiet: true });
  started.defer(() => stack.stop());
  await options.fill?.(stack);
  const sql = connect(stack.adminUrl);
  started.defer(() => sql.end());
  const secrets = JSON.parse(await Deno.readTextFile(`${dataDir}/stack/secrets.json`));
  const ways = await openTenants({ status: stack.status, sql, secrets }, options);

  const stopping = started.move();
  return {
    name: options.name,
    versions: `Deno ${Deno.version.deno}, ${workers === 1 ? "one worker" : `${workers} workers`}`,
    work: `signs in at another provider (code, id_token, userinfo), keeps its tokens encrypted, asks for ` +
      `consent each time, signs a JWT, writes an audit trail; ${options.path}`,
    ways,
    roots: await findRoots(before, sql),
    database: sql,
    stack,
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  };
}

/** Makes so many tenants of the provider upstream, each with a registered client: the ways to them. */
export async function openTenants(
  stack: Parameters<typeof makeTenant>[0],
  { upstreamUrl, organizations = 1 }: Pick<GatepostOptions, "upstreamUrl" | "organizations">,
): Promise<Way[]> {
  // Says where it is, and serves nothing here: that is done by `upstream.ts`.
  const provider = buildProvider("openid", {}, {
    origin: upstreamUrl,
    keys: await makeProviderKeys(),
    ...CLIENT,
  });
  const ways: Way[] = [];
  for (let count = 0; count < organizations; count++) {
    const organizationId = count === 0 && await isFilled(stack)
      ? filled.organizationId
      : await insert(stack, "organizations", { name: "An organization" });
    const { mcpUrl } = await makeTenant(stack, provider, { organizationId });
    const { discovery, clientId, redirectUri } = await register(await discover(mcpUrl));
    ways.push({
      walk: "brokered",
      authorizationEndpoint: discovery.authorization_endpoint,
      tokenEndpoint: discovery.token_endpoint,
      userinfoEndpoint: discovery.userinfo_endpoint,
      clientId,
      redirectUri,
      scope: "openid email profile offline_access",
      resource: discovery.resource,
    });
  }
  return ways;
}

async function isFilled({ sql }: Parameters<typeof makeTenant>[0]): Promise<boolean> {
  const rows = await sql`select from public.organizations where id = ${filled.organizationId}`;
  return rows.length > 0;
}

async function findRoots(
  before: Set<number>,
  sql: Parameters<typeof makeTenant>[0]["sql"],
): Promise<Side["roots"]> {
  const roots: Record<string, Root[]> = {
    // The front is part of this process, which does nothing else during a turn.
    "front": [{ pid: Deno.pid, alone: true }],
    "database": [await findPostmaster(sql)],
  };
  for (const { pid, command } of await listChildren(Deno.pid)) {
    const [, role] = Object.entries(ROLES).find(([script]) => command.includes(script)) ?? [];
    if (role !== undefined && !before.has(pid)) {
      (roots[role] ??= []).push({ pid });
    }
  }
  return roots;
}

/** The process that has started the one of this connection. */
export async function findPostmaster(sql: Parameters<typeof makeTenant>[0]["sql"]): Promise<Root> {
  const [row] = await sql`select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::integer as pid`;
  return { pid: Number(row?.["pid"]) };
}

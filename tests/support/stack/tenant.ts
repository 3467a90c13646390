/**
 * A tenant: an organization with a provider's config and an MCP server, put into the database as the superuser.
 *
 * @module
 */

import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../../functions/_shared/secrets/encryption.ts";
import { newRowId } from "../../../functions/_shared/secrets/secrets.ts";
import { toConfig } from "../provider/config.ts";
import type { ProgrammableProvider } from "../provider/provider.ts";
import type { TestStack } from "./stack.ts";

/** What a tenant is made in. */
type TenantStack = Pick<TestStack, "status" | "sql" | "secrets">;

/** Columns that a test wants different. */
export type Row = Record<string, unknown>;

/** A tenant, and where its server is found. */
export interface Tenant {
  organizationId: string;
  configId: string;
  serverId: string;
  slug: string;
  /** The resource: what people paste into a client. */
  mcpUrl: string;
  issuer: string;
}

/** What a tenant is made of, beside its provider. */
export interface TenantChanges {
  /** An organization that is there already. */
  organizationId?: string;
  config?: Row;
  server?: Row;
  /** Where the functions are reached, when not at the stack's own address. */
  publicUrl?: string;
}

/** Makes a tenant whose provider is programmable. */
export async function makeTenant(
  stack: TenantStack,
  provider: ProgrammableProvider,
  changes: TenantChanges = {},
): Promise<Tenant> {
  const organizationId = changes.organizationId ??
    await insert(stack, "organizations", { name: "An organization" });
  const configId = await makeConfig(stack, organizationId, provider, changes.config);
  const slug = `s-${crypto.randomUUID().slice(0, 13)}`;
  const serverId = await insert(stack, "mcp_servers", {
    organization_id: organizationId,
    slug,
    name: "A server",
    custom_oauth_config_id: configId,
    upstream_url: "http://127.0.0.1:9/mcp",
    ...changes.server,
  });
  const publicUrl = changes.publicUrl ?? stack.status.PUBLIC_URL;
  const mcpUrl = `${publicUrl}/mcp/${slug}`;
  return { organizationId, configId, serverId, slug, mcpUrl, issuer: `${publicUrl}/oauth/${slug}` };
}

/** Makes a config for a provider, with its secret sealed under the stack's keys. */
export async function makeConfig(
  stack: TenantStack,
  organizationId: string | null,
  provider: ProgrammableProvider,
  changes: Row = {},
): Promise<string> {
  const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
  const id = newRowId("coac_");
  return await insert(stack, "custom_oauth_configs", {
    id,
    organization_id: organizationId,
    name: "A provider",
    client_secret_ciphertext: await sealSecret(
      provider.clientSecret,
      configSecretOf({ id, organization_id: organizationId }),
      keys,
    ),
    ...toConfig(provider),
    ...changes,
  });
}

/** Inserts a row and returns its id. */
export async function insert({ sql }: Pick<TestStack, "sql">, table: string, row: Row): Promise<string> {
  const [inserted] = await sql`
    insert into public.${sql(table)} ${sql(row as Record<string, string>)} returning *`;
  return String(inserted?.["id"]);
}

/** How many rows of a table an organization has. */
export async function countRows(
  { sql }: Pick<TestStack, "sql">,
  table: string,
  organizationId: string,
): Promise<number> {
  const [row] = await sql`
    select count(*)::integer as count from public.${sql(table)} where organization_id = ${organizationId}`;
  return Number(row?.["count"]);
}

/** The audit events of an organization, as `event:reason`. */
export async function listEvents(
  { sql }: Pick<TestStack, "sql">,
  organizationId: string,
): Promise<string[]> {
  const rows = await sql`
    select event, reason from public.mcp_audit_events where organization_id = ${organizationId} order by id`;
  return rows.map(({ event, reason }) => reason === null ? String(event) : `${event}:${reason}`);
}

/** Lets the upstream tokens of an organization expire. A worker that holds one already does not notice. */
export async function expireUpstreamTokens(
  { sql }: Pick<TestStack, "sql">,
  organizationId: string,
): Promise<void> {
  await sql`
    update public.upstream_oauth_tokens set expires_at = now() - interval '1 second'
    where organization_id = ${organizationId}`;
}

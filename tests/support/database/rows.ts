/**
 * Builds valid rows and valid calls for the SQL tests; a test states its one change.
 *
 * @module
 */

import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { call, type Row, type Sql, type TestDatabase } from "./database.ts";

/** An organization with one provider, one server and one client. */
export interface Tenant {
  organizationId: string;
  configId: string;
  serverId: string;
  slug: string;
  registrationId: string;
  clientId: string;
}

/** How a tracking id stands in the database. */
export function hashTrackingId(organizationId: string, trackingId: string): string {
  return hashSecret(`${organizationId} ${trackingId}`);
}

/** A text of the shape of a SHA-256, new each time. */
export function newHash(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A short text that no other test uses. */
export function newName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 13)}`;
}

/** Inserts a row and returns its id. */
export async function insertRow(owner: Sql, table: string, row: Row): Promise<string> {
  const [inserted] = await owner`
    insert into public.${owner(table)} ${owner(row as Record<string, string>)} returning *`;
  return String(inserted?.id);
}

/** Makes an organization. */
export function makeOrganization(owner: Sql, changes: Row = {}): Promise<string> {
  return insertRow(owner, "organizations", { name: "Test organization", ...changes });
}

/** Makes a config: of an organization, or of the platform for null. */
export function makeConfig(owner: Sql, organizationId: string | null, changes: Row = {}): Promise<string> {
  return insertRow(owner, "custom_oauth_configs", {
    organization_id: organizationId,
    name: "Test provider",
    issuer: `https://${newName("issuer")}.example.com`,
    client_id: "gatepost",
    client_secret_ciphertext: "sealed-client-secret",
    ...changes,
  });
}

/** Makes an organization with one of everything. */
export async function makeTenant(
  { owner }: Pick<TestDatabase, "owner">,
  changes: { config?: Row; server?: Row; client?: Row } = {},
): Promise<Tenant> {
  const organizationId = await makeOrganization(owner);
  const configId = await makeConfig(owner, organizationId, changes.config);
  const slug = newName("server");
  const serverId = await insertRow(owner, "mcp_servers", {
    organization_id: organizationId,
    slug,
    name: "Test server",
    custom_oauth_config_id: configId,
    upstream_url: "https://mcp.example.com/mcp",
    ...changes.server,
  });
  const clientId = newName("client");
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: organizationId,
    mcp_server_id: serverId,
    client_id: clientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    client_name: "Test client",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    ...changes.client,
  });
  return { organizationId, configId, serverId, slug, registrationId, clientId };
}

/** A text of the shape of a token that is sealed for a vault entry; a new entry, if none is named. */
export function buildSealedToken(
  { organizationId }: Pick<Tenant, "organizationId">,
  header: Row = {},
): string {
  const named = {
    ...{ alg: "dir", enc: "A256GCM", kid: "test", typ: "upstream-token", org: organizationId },
    row: newVaultId(),
    ...header,
  };
  const encoded = btoa(JSON.stringify(named)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${encoded}..${newHash().slice(0, 16)}.${newHash()}.${newHash().slice(0, 22)}`;
}

/** The id of a vault entry that is not there yet. */
export function newVaultId(): string {
  return `uoat_${newHash().slice(0, 12)}`;
}

/** The arguments of a login that `provision_mcp_server_user` accepts. */
export function buildLogin(tenant: Pick<Tenant, "organizationId" | "configId">, changes: Row = {}): Row {
  const row = newVaultId();
  return {
    p_oauth_config_id: tenant.configId,
    p_upstream_issuer: null,
    p_upstream_sub: newName("subject"),
    p_email: null,
    p_email_verified: null,
    p_profile: { name: "Test person" },
    p_tracking_id: null,
    p_access_token: buildSealedToken(tenant, { row }),
    p_refresh_token: buildSealedToken(tenant, { row }),
    p_scope: "openid email",
    p_expires_at: new Date(Date.now() + 3_600_000),
    ...changes,
  };
}

/** The arguments of an approval that `open_authorization_session` accepts. */
export function buildApproval(tenant: Tenant, changes: Row = {}): Row {
  return {
    p_slug: tenant.slug,
    p_client_id: tenant.clientId,
    p_metadata_document: null,
    p_form_hash: newHash(),
    p_state_hash: newHash(),
    p_browser_hash: newHash(),
    p_request_ciphertext: "sealed-request",
    p_redirect_uri: "https://client.example.com/callback",
    p_resource: `https://auth.example.com/mcp/${tenant.slug}`,
    p_scope: "openid email offline_access",
    p_code_challenge: newHash(),
    p_nonce: "client-nonce",
    ...changes,
  };
}

/** Approves and claims, and returns the session's id with the approval. */
export async function claimSession(
  service: Sql,
  tenant: Tenant,
  changes: Row = {},
): Promise<{ sessionId: string; approval: Row }> {
  const approval = buildApproval(tenant, changes);
  await call(service, "open_authorization_session", approval);
  const claim = await call(service, "claim_authorization_session", {
    p_state_hash: approval.p_state_hash,
    p_browser_hash: approval.p_browser_hash,
  });
  return { sessionId: String(claim.session_id), approval };
}

/** The arguments of a completion that `complete_authorization` accepts. */
export function buildCompletion(
  { organizationId }: Pick<Tenant, "organizationId">,
  sessionId: string,
  changes: Row = {},
): Row {
  const { p_oauth_config_id: _config, ...login } = buildLogin({
    organizationId,
    configId: "",
  });
  return {
    p_session_id: sessionId,
    ...login,
    p_auth_time: new Date("2026-11-01T12:00:00Z"),
    p_code_hash: newHash(),
    ...changes,
  };
}

/** A login that has come as far as its code. */
export interface IssuedCode {
  userId: string;
  /** The arguments that `redeem_authorization_code` accepts for it. */
  redemption: Row;
}

/** Logs somebody in, up to the code. */
export async function issueCode(
  service: Sql,
  tenant: Tenant,
  changes: { approval?: Row; completion?: Row } = {},
): Promise<IssuedCode> {
  const { sessionId, approval } = await claimSession(service, tenant, changes.approval);
  const completion = buildCompletion(tenant, sessionId, changes.completion);
  const completed = await call(service, "complete_authorization", completion);
  if (completed.outcome !== "completed") {
    throw new Error(`The login has not completed: ${completed.outcome}`);
  }
  return {
    userId: String(completed.mcp_server_user_id),
    redemption: {
      p_slug: tenant.slug,
      p_client_id: tenant.clientId,
      p_client_secret_hash: null,
      p_code_hash: completion.p_code_hash,
      p_redirect_uri: approval.p_redirect_uri,
      p_code_challenge: approval.p_code_challenge,
      p_resource: approval.p_resource,
      p_handle_hash: newHash(),
      p_refresh_hash: newHash(),
    },
  };
}

/** A login that has come as far as its tokens. */
export interface IssuedFamily {
  userId: string;
  familyId: string;
  upstreamTokenId: string;
  handleHash: string;
  /** The arguments that `rotate_refresh_token` accepts for its first refresh token. */
  rotation: Row;
}

/** Logs somebody in, up to the tokens. The provider's tokens that a test names stand in the vault as they are. */
export async function issueFamily(
  { service, owner }: Pick<TestDatabase, "service" | "owner">,
  tenant: Tenant,
  changes: { approval?: Row; completion?: Row; redemption?: Row } = {},
): Promise<IssuedFamily> {
  const { p_access_token, p_refresh_token, ...completion } = changes.completion ?? {};
  const issued = await issueCode(service, tenant, {
    ...changes,
    // Without a refresh token the login borrows one.
    completion: { ...completion, ...(p_refresh_token === null && { p_refresh_token }) },
  });
  const { userId } = issued;
  const redemption: Row = { ...issued.redemption, ...changes.redemption };
  const redeemed = await call(service, "redeem_authorization_code", redemption);
  const [family] = await owner`
    select upstream_token_id from public.mcp_proxy_tokens where id = ${String(redeemed.family_id)}`;
  await owner`
    update public.upstream_oauth_tokens
    set access_token_ciphertext = coalesce(${text(p_access_token)}, access_token_ciphertext),
        refresh_token_ciphertext = coalesce(${text(p_refresh_token)}, refresh_token_ciphertext)
    where id = ${family?.upstream_token_id as string}`;
  return {
    userId,
    familyId: String(redeemed.family_id),
    upstreamTokenId: String(family?.upstream_token_id),
    handleHash: String(redemption.p_handle_hash),
    rotation: {
      p_slug: tenant.slug,
      p_client_id: tenant.clientId,
      p_client_secret_hash: redemption.p_client_secret_hash,
      p_handle_hash: redemption.p_handle_hash,
      p_refresh_hash: redemption.p_refresh_hash,
      p_next_refresh_hash: newHash(),
      p_successor_ciphertext: newName("sealed-successor"),
      p_resource: null,
    },
  };
}

function text(value: unknown): string | null {
  return value === undefined || value === null ? null : String(value);
}

/**
 * The URLs of one server, built from the configured public URL and its slug.
 *
 * No module reads `Host` or `X-Forwarded-*`: a caller could choose the URLs
 * that Gatepost publishes.
 *
 * @module
 */

/** The hosts of this computer, as URLs write them. Plain http may lead to these only. */
const LOOPBACK_HOSTS = ["127.0.0.1", "[::1]", "localhost"];

/** Whether a URL's host is this computer. */
export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
}

/** Loopback, RFC 1918, RFC 6598, link-local and unique local addresses. */
const PRIVATE_ADDRESSES = [
  /^127\./,
  /^10\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^100\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\./,
  /^169\.254\./,
  /^::1$/,
  /^f[cd][0-9a-f]{2}:/,
  /^fe[89ab][0-9a-f]:/,
];

/** A name without a dot, as containers have it, and names that no public zone holds (RFC 6761, RFC 6762, ICANN 2024). */
const PRIVATE_NAMES = [/^(?!0x)[a-z0-9_-]*[a-z_-][a-z0-9_-]*$/, /\.(localhost|local|internal)$/];

/**
 * Whether a host, as a URL has it without brackets, can be on a network of one's own only.
 *
 * For what an operator sets, and by the name alone: nothing is resolved.
 */
export function isPrivateHost(host: string): boolean {
  const isAddress = /^\d+(\.\d+){3}$/.test(host) || host.includes(":");
  return (isAddress ? PRIVATE_ADDRESSES : PRIVATE_NAMES).some((form) => form.test(host.toLowerCase()));
}

/** Every URL that is published for one server. */
export interface ServerUrls {
  issuer: string;
  /** The gateway's own URL of the server. */
  mcp: string;
  protectedResourceMetadata: string;
  register: string;
  authorize: string;
  token: string;
  userinfo: string;
  revoke: string;
  introspect: string;
  /** Where a person sees what apps may do in the person's name; also the resource of the tokens for it. */
  connections: string;
  jwks: string;
}

/** Builds the URLs of a server. */
export function buildServerUrls(publicUrl: string, slug: string): ServerUrls {
  const issuer = `${publicUrl}/oauth/${slug}`;
  return {
    issuer,
    mcp: `${publicUrl}/mcp/${slug}`,
    protectedResourceMetadata: `${issuer}/.well-known/oauth-protected-resource`,
    register: `${publicUrl}/oauth-register/${slug}`,
    authorize: `${publicUrl}/oauth-authorize/${slug}`,
    token: `${publicUrl}/oauth-token/${slug}`,
    userinfo: `${publicUrl}/oauth-userinfo/${slug}`,
    revoke: `${publicUrl}/oauth-revoke/${slug}`,
    introspect: `${publicUrl}/oauth-introspect/${slug}`,
    connections: `${publicUrl}/oauth-connections/${slug}`,
    jwks: `${publicUrl}/oauth-jwks`,
  };
}

/** The logo of a server's organization, served from here and never from elsewhere; undefined where it has none. */
export function buildLogoUrl(
  server: { slug: string; organization_logo: string | null },
  publicUrl: string,
): string | undefined {
  const { issuer } = buildServerUrls(publicUrl, server.slug);
  return server.organization_logo === null ? undefined : `${issuer}/logo?v=${server.organization_logo}`;
}

/** The redirect URI of Gatepost's own page of a server. */
export function buildConnectionsCallback(publicUrl: string, slug: string): string {
  return `${buildServerUrls(publicUrl, slug).connections}/callback`;
}

/** Whether Gatepost has the whole origin and can serve documents at its root (RFC 8414 §3.1, RFC 9728 §3.1). */
export function ownsOrigin(publicUrl: string): boolean {
  return new URL(publicUrl).pathname === "/";
}

/**
 * The redirect URI that is registered at an organization's providers, or at the platform's own.
 *
 * Each organization has its own, so that a code of one organization's provider is never sent to the provider of
 * another (RFC 9700 §4.4.2.2).
 */
export function buildCallbackUrl(publicUrl: string, organizationId: string | null): string {
  return `${publicUrl}/oauth-callback/${buildCallbackName(organizationId)}`;
}

/** The last segment of a redirect URI. */
export function buildCallbackName(organizationId: string | null): string {
  return encodeURIComponent(organizationId ?? "platform");
}

/** The resource of a server: its URL at the gateway, or its own URL if it is not behind the gateway. */
export function buildResource(server: { slug: string; resource: string | null }, publicUrl: string): string {
  return server.resource ?? buildServerUrls(publicUrl, server.slug).mcp;
}

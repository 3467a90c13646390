/**
 * The URLs of one server, built from the configured public URL and its slug.
 *
 * Nothing here or elsewhere reads `Host` or `X-Forwarded-*`: what a request
 * says of its own address decides nothing.
 *
 * @module
 */

/** Hosts of this computer, as a URL names them: the only ones that plain http may lead to. */
const LOOPBACK_HOSTS = ["127.0.0.1", "[::1]", "localhost"];

/** Whether a URL's host is this computer. */
export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
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
    jwks: `${publicUrl}/oauth-jwks`,
  };
}

/** Whether the whole origin is ours, so that documents can stand at its root (RFC 8414 §3.1, RFC 9728 §3.1). */
export function ownsOrigin(publicUrl: string): boolean {
  return new URL(publicUrl).pathname === "/";
}

/**
 * The redirect URI that an organization's providers know us by, or the platform's own.
 *
 * One for each, so that no provider is brought a code that another organization's issued (RFC 9700 §4.4.2.2).
 */
export function buildCallbackUrl(publicUrl: string, organizationId: string | null): string {
  return `${publicUrl}/oauth-callback/${buildCallbackName(organizationId)}`;
}

/** The last segment of a redirect URI. */
export function buildCallbackName(organizationId: string | null): string {
  return encodeURIComponent(organizationId ?? "platform");
}

/** The resource of a server: the gateway's URL of it, or the server's own where it is not behind the gateway. */
export function buildResource(server: { slug: string; resource: string | null }, publicUrl: string): string {
  return server.resource ?? buildServerUrls(publicUrl, server.slug).mcp;
}

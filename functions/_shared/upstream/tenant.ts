/**
 * Issuers of many tenants.
 *
 * Microsoft Entra publishes at `…/common/v2.0` a document whose issuer is
 * `…/{tenantid}/v2.0`: a template. A token names its tenant in `tid`, and its
 * issuer must be the template filled with that very tenant.
 *
 * @module
 */

const PLACEHOLDER = "{tenantid}";
/** One segment of a path, and never a dot or two. */
const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Whether an issuer is a template. */
export function isTemplate(issuer: string): boolean {
  return issuer.includes(PLACEHOLDER);
}

/**
 * Whether the document of an issuer may name `published` as its issuer: the same text, or a template for it.
 *
 * A template stands in the place of one path segment, such as `common`; everything else of it is the same.
 */
export function mayPublish(published: string, issuer: string): boolean {
  const names = published.split("/");
  const segments = issuer.split("/");
  const at = names.indexOf(PLACEHOLDER);
  return published === issuer ||
    (at >= FIRST_PATH_SEGMENT && names.with(at, segments[at] ?? "").join("/") === issuer);
}

/** Behind the scheme, nothing, and the host. */
const FIRST_PATH_SEGMENT = 3;

/** The issuer of a tenant; undefined for what cannot be one. */
export function fillIssuer(template: string, tenant: unknown): string | undefined {
  return typeof tenant === "string" && TENANT.test(tenant)
    ? template.replace(PLACEHOLDER, tenant)
    : undefined;
}

/** Whether an issuer is a template's, for whatever tenant. */
export function isFilledFrom(template: string, issuer: string): boolean {
  const at = template.split("/").indexOf(PLACEHOLDER);
  return fillIssuer(template, issuer.split("/")[at]) === issuer;
}

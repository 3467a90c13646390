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
 * The issuer of whoever logs in, where the document of `issuer` names `published`: undefined where it may not.
 *
 * A template stands in the place of one path segment, and everything else of it is the same. It is a template only for
 * an issuer that names no tenant, such as `common`; an issuer that names one keeps it.
 */
export function acceptIssuer(published: string, issuer: string): string | undefined {
  if (published === issuer) {
    return issuer;
  }
  const names = published.split("/");
  const at = names.indexOf(PLACEHOLDER);
  const segment = issuer.split("/")[at] ?? "";
  if (at < FIRST_PATH_SEGMENT || names.with(at, segment).join("/") !== issuer) {
    return undefined;
  }
  return NO_TENANT.test(segment) ? published : issuer;
}

/** Behind the scheme, nothing, and the host. */
const FIRST_PATH_SEGMENT = 3;
/** A word: a tenant has digits or a dot. */
const NO_TENANT = /^[a-z]+$/;

/** The issuer of a tenant; undefined for what cannot be one. */
export function fillIssuer(template: string, tenant: unknown): string | undefined {
  return typeof tenant === "string" && TENANT.test(tenant)
    ? template.replace(PLACEHOLDER, tenant)
    : undefined;
}

/** Whether an issuer comes from a template, for any tenant. */
export function isFilledFrom(template: string, issuer: string): boolean {
  const at = template.split("/").indexOf(PLACEHOLDER);
  return fillIssuer(template, issuer.split("/")[at]) === issuer;
}

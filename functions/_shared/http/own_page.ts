/**
 * Whether a form was posted from a page of Gatepost's own.
 *
 * Another site that posts a form would act without the person. Every browser
 * sends the origin of a cross-site POST. A caller that sends none is not a browser
 * and has no person's cookies.
 *
 * @module
 */

/** Whether a request comes from a page that stands below one of these URLs' origins. */
export function isOwnPage(request: Request, urls: readonly string[]): boolean {
  const origin = request.headers.get("Origin");
  const site = request.headers.get("Sec-Fetch-Site");
  return origin === null
    ? site === null || ["same-origin", "none"].includes(site)
    : urls.some((url) => new URL(url).origin === origin);
}

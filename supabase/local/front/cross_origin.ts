/**
 * Lets pages of other origins call Supabase Auth and the REST layer.
 *
 * On the platform its gateway does that, for any origin and any header: the keys
 * that stand in headers are no cookies. `@supabase/lite` does it for some paths.
 *
 * @module
 */

const EXPOSED =
  "Content-Range, Content-Location, Preference-Applied, X-Supabase-Api-Version, X-Total-Count, Link";

/** Answers a preflight (Fetch, CORS protocol), and opens the answer to every other request. */
export async function answerAcrossOrigins(
  request: Request,
  answer: () => Promise<Response>,
): Promise<Response> {
  if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS",
        "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
        "access-control-max-age": "3600",
      },
    });
  }
  const response = await answer();
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", "*");
  headers.set("access-control-expose-headers", EXPOSED);
  headers.delete("access-control-allow-credentials");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

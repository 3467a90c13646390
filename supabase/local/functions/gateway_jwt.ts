/**
 * The check that the platform's gateway makes before a function that has
 * `verify_jwt = true`: a token of Supabase Auth in `Authorization`.
 *
 * It proves who signed the token and that it is not expired. The function
 * decides what the token allows.
 *
 * @module
 */

import { jwtVerify } from "jose";

/** The refusal, or undefined when the request may pass. */
export async function refuseWithoutJwt(request: Request, jwtSecret: string): Promise<Response | undefined> {
  if (request.method === "OPTIONS") {
    return undefined;
  }
  const header = request.headers.get("authorization");
  if (header === null) {
    return refuse("Missing authorization header");
  }
  const [scheme, token = ""] = header.split(" ");
  if (scheme?.toLowerCase() !== "bearer") {
    return refuse("Auth header is not 'Bearer {token}'");
  }
  const secret = new TextEncoder().encode(jwtSecret);
  try {
    await jwtVerify(token, secret, { algorithms: ["HS256"] });
    return undefined;
  } catch {
    return refuse("Invalid JWT");
  }
}

function refuse(message: string): Response {
  return Response.json({ code: 401, message }, { status: 401 });
}

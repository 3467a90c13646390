/**
 * A platform user: somebody who is signed in to the platform with Supabase Auth.
 *
 * @module
 */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import type { TestStack } from "../stack/stack.ts";

/** What it takes of a stack. */
type SignInStack = Pick<TestStack, "status" | "sql" | "secrets">;

/** A signed-in platform user. */
export interface PlatformUser {
  id: string;
  /** The token of Supabase Auth. */
  accessToken: string;
  /** A client that sends it. */
  client: SupabaseClient;
}

/** Makes a member of an organization and signs it in. */
export async function signInMember(
  stack: SignInStack,
  organizationId: string,
  role: "owner" | "admin" | "member" = "owner",
): Promise<PlatformUser> {
  const id = crypto.randomUUID();
  await stack.sql`insert into auth.users (id, email) values (${id}, ${`${id}@example.com`})`;
  await stack.sql`
    insert into public.organization_members (organization_id, user_id, role) values (${organizationId}, ${id}, ${role})`;
  const accessToken = await new SignJWT({ role: "authenticated", aud: "authenticated" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(id)
    .setIssuer(`${stack.status.API_URL}/auth/v1`)
    .setIssuedAt()
    .setExpirationTime("1 hour")
    .sign(new TextEncoder().encode(stack.secrets.authJwtSecret));
  return { id, accessToken, client: connectAs(stack, accessToken) };
}

/** A supabase-js client whose requests carry a token; without one, that of a visitor. */
export function connectAs(stack: Pick<TestStack, "status">, accessToken?: string): SupabaseClient {
  return createClient(stack.status.API_URL, stack.status.PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(accessToken === undefined ? {} : { accessToken: () => Promise.resolve(accessToken) }),
  });
}

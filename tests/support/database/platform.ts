/**
 * Platform users of an organization, for the tests of what they may do.
 *
 * @module
 */

import type { Sql, TestDatabase } from "./database.ts";

/** One connection for each role, and one for somebody of another organization. */
export interface Platform {
  owner: PlatformUser;
  admin: PlatformUser;
  member: PlatformUser;
  stranger: PlatformUser;
}

/** A platform user and a connection that is theirs. */
export interface PlatformUser {
  id: string;
  sql: Sql;
}

/** Makes a platform user, with a role where an organization is given. */
export async function makePlatformUser(
  database: TestDatabase,
  organizationId?: string,
  role = "member",
): Promise<PlatformUser> {
  const id = crypto.randomUUID();
  await database.owner`insert into auth.users (id) values (${id})`;
  if (organizationId !== undefined) {
    await database.owner`
      insert into public.organization_members (organization_id, user_id, role)
      values (${organizationId}, ${id}, ${role})`;
  }
  return { id, sql: database.openPlatformUser(id) };
}

/** Makes a platform user of each role. */
export async function makePlatform(
  database: TestDatabase,
  organizationId: string,
  otherOrganizationId: string,
): Promise<Platform> {
  return {
    owner: await makePlatformUser(database, organizationId, "owner"),
    admin: await makePlatformUser(database, organizationId, "admin"),
    member: await makePlatformUser(database, organizationId, "member"),
    stranger: await makePlatformUser(database, otherOrganizationId, "owner"),
  };
}

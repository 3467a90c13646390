/**
 * The stack's own platform user: an owner of the demo organization, for whoever tries the console or `connect`.
 *
 * Supabase Auth makes the account, as it makes anybody's. The password is
 * random, and stands in the data folder.
 *
 * @module
 */

import { connect } from "../database/connect.ts";
import { Problem } from "../problem.ts";
import { DEMO_ORGANIZATION_ID } from "./demo_service.ts";

/** How it signs in. */
export interface DemoOwner {
  email: string;
  password: string;
}

const EMAIL = "owner@example.com";
const PASSWORD_FILE = "owner_password";

/** The stack's user; made the first time. */
export async function openDemoOwner(
  dataDir: string,
  { apiUrl, publishableKey }: { apiUrl: string; publishableKey: string },
): Promise<DemoOwner> {
  const file = `${dataDir}/${PASSWORD_FILE}`;
  const known = await Deno.readTextFile(file).catch(() => undefined);
  if (known !== undefined) {
    return { email: EMAIL, password: known };
  }
  const owner = { email: EMAIL, password: crypto.randomUUID() };
  const response = await fetch(`${apiUrl}/auth/v1/signup`, {
    method: "POST",
    headers: { "apikey": publishableKey, "Content-Type": "application/json" },
    body: JSON.stringify(owner),
  });
  await response.body?.cancel();
  if (!response.ok) {
    throw new Problem(`Cannot make ${EMAIL}: there is such an account, and its password is not known here`);
  }
  await Deno.writeTextFile(file, owner.password, { mode: 0o600 });
  return owner;
}

/** Makes it an owner of the demo organization, as long as there is one. */
export async function joinDemoOrganization(databaseUrl: string): Promise<void> {
  const database = connect(databaseUrl);
  try {
    await database`
      insert into public.organization_members (organization_id, user_id, role)
      select organization.id, account.id, 'owner'
      from auth.users as account
      cross join public.organizations as organization
      where account.email = ${EMAIL} and organization.id = ${DEMO_ORGANIZATION_ID}
      on conflict do nothing`;
  } finally {
    await database.end();
  }
}

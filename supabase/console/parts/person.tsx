/**
 * A person, and a client, in lists of other things.
 *
 * @module
 */

import type { JSX } from "preact";
import { organization } from "../data/organizations.ts";
import { texts } from "../texts/texts.ts";
import { nameOf, toVisible } from "./foreign.tsx";
import { Link } from "./link.tsx";

/** What a list knows of a person. */
export interface PersonInList {
  mcp_server_user_id: string | null;
  name?: string | null;
  email?: string | null;
}

/** A link to a person's file; nothing where nobody is known. */
export function PersonLink({ person }: { person: PersonInList }): JSX.Element | null {
  const { mcp_server_user_id: id } = person;
  return id === null ? null : (
    <Link to={`/${organization.value!.id}/people/${encodeURIComponent(id)}`}>
      <bdi>{nameOf(person)}</bdi>
    </Link>
  );
}

/** What is special about a person. */
export function PersonBadges(
  { person: { blocked_at, auth_type } }: { person: { blocked_at: string | null; auth_type?: string } },
): JSX.Element {
  const { people: t } = texts.value;
  return (
    <>
      {blocked_at !== null && <span class="badge bad">{t.blocked}</span>}
      {auth_type === "none" && <span class="badge">{t.visitor}</span>}
    </>
  );
}

/** A link to a client among the clients; its name alone where it is no longer there. */
export function ClientLink(
  { client: { client_name, client_id, mcp_client_registration_id: id } }: {
    client: { client_name?: string | null; client_id: string | null; mcp_client_registration_id?: string };
  },
): JSX.Element | null {
  if (client_id === null) {
    return null;
  }
  const name = toVisible(client_name ?? client_id);
  return (
    <Link to={`/${organization.value!.id}/clients`} query={{ search: id ?? client_id }}>
      <bdi>{name}</bdi>
    </Link>
  );
}

/**
 * What a person did: MCP sessions, the newest first.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, type Row } from "../../data/client.ts";
import { usePage } from "../../data/paging.ts";
import { texts } from "../../texts/texts.ts";
import { ClientLink } from "../person.tsx";
import { PagedTable } from "../table.tsx";
import { Time } from "../time.tsx";
import type { Person } from "./actions.tsx";

const SHOWN = 10;

/** The sessions, a page at a time. */
export function PersonSessions({ person }: { person: Person }): JSX.Element {
  const { people: t, connections } = texts.value;
  const { organization_id, mcp_server_user_id } = person;
  const load = usePage<Row<"mcp_sessions">>(
    `sessions ${organization_id} ${mcp_server_user_id}`,
    () =>
      database.from("mcp_sessions").select("*").eq("organization_id", organization_id)
        .eq("mcp_server_user_id", mcp_server_user_id),
    { column: "first_seen_at", key: "mcp_session_id" },
    { rows: SHOWN },
  );
  return (
    <PagedTable
      caption={t.sessions}
      load={load}
      rowKey={({ mcp_session_id }) => mcp_session_id}
      empty={t.noSessions}
      columns={[
        { title: t.began, cell: ({ first_seen_at }) => <Time at={first_seen_at} /> },
        { title: connections.server, cell: ({ server }) => server },
        { title: connections.client, cell: (session) => <ClientLink client={session} /> },
        { title: t.lastSeen, cell: ({ last_seen_at }) => <Time at={last_seen_at} /> },
      ]}
    />
  );
}

/**
 * How a person's logins went, and why they were logged out.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, readRows } from "../../data/client.ts";
import { useLoad } from "../../data/load.ts";
import { texts } from "../../texts/texts.ts";
import { Link } from "../link.tsx";
import { Loaded } from "../loaded.tsx";
import { Outcome } from "../outcome.tsx";
import { Section } from "../page.tsx";
import { ClientLink } from "../person.tsx";
import { Reason } from "../reason.tsx";
import { Table } from "../table.tsx";
import { Time } from "../time.tsx";
import type { Person } from "./actions.tsx";

/** So many are shown here; the page of all logins has the others. */
const SHOWN = 5;

/** The sections. */
export function PersonLogins({ person }: { person: Person }): JSX.Element {
  const { people: t, logins, connections } = texts.value;
  const { organization_id: organizationId, mcp_server_user_id: personId } = person;
  const to = `/${organizationId}/logins`;
  const attempts = useLoad(`attempts of ${organizationId} ${personId}`, () =>
    readRows(
      database.from("mcp_login_attempts").select("*").eq("organization_id", organizationId)
        .eq("mcp_server_user_id", personId).order("logged_at", { ascending: false }).limit(SHOWN),
    ));
  const ended = useLoad(`ended of ${organizationId} ${personId}`, () =>
    readRows(
      database.from("mcp_ended_logins").select("*").eq("organization_id", organizationId)
        .eq("mcp_server_user_id", personId).order("ended_at", { ascending: false }).limit(SHOWN),
    ));
  return (
    <>
      <Section
        title={t.endedLogins}
        actions={<Link to={to} query={{ show: "ended", person: personId }}>{t.allEnded}</Link>}
      >
        <Loaded load={ended} isEmpty={(rows) => rows.length === 0} empty={t.noEnded}>
          {(rows) => (
            <Table
              caption={t.endedLogins}
              rows={rows}
              rowKey={(row) => JSON.stringify(row)}
              columns={[
                { title: logins.endedAt, cell: ({ ended_at }) => <Time at={ended_at} /> },
                { title: connections.client, cell: (row) => <ClientLink client={row} /> },
                { title: connections.server, cell: ({ server, mcp_server_id }) => server ?? mcp_server_id },
                { title: logins.reason, cell: ({ reason }) => <Reason reason={reason} isWhole /> },
              ]}
            />
          )}
        </Loaded>
      </Section>
      <Section
        title={t.attempts}
        actions={<Link to={to} query={{ person: personId }}>{t.allAttempts}</Link>}
      >
        <Loaded load={attempts} isEmpty={(rows) => rows.length === 0} empty={t.noAttempts}>
          {(rows) => (
            <Table
              caption={t.attempts}
              rows={rows}
              rowKey={(row) => JSON.stringify(row)}
              columns={[
                {
                  title: logins.when,
                  cell: ({ logged_at, request_id }) =>
                    request_id === null
                      ? <Time at={logged_at} />
                      : (
                        <Link to={`${to}/${encodeURIComponent(request_id)}`}>
                          <Time at={logged_at} />
                        </Link>
                      ),
                },
                { title: logins.outcome, cell: ({ outcome }) => <Outcome outcome={outcome} /> },
                { title: connections.client, cell: (row) => <ClientLink client={row} /> },
                { title: connections.server, cell: ({ server, mcp_server_id }) => server ?? mcp_server_id },
              ]}
            />
          )}
        </Loaded>
      </Section>
    </>
  );
}

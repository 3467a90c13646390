/**
 * Logins: every attempt, the newest first, and every login that has ended, with the reason.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, type Row } from "../data/client.ts";
import { organization } from "../data/organizations.ts";
import { usePage } from "../data/paging.ts";
import { describeFilters, Filters, isFiltered, readFilter, toPattern, toSearch } from "../parts/filters.tsx";
import { SelectField, TextField } from "../parts/form.tsx";
import { Link } from "../parts/link.tsx";
import { Outcome, OUTCOMES } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { ClientLink, PersonLink } from "../parts/person.tsx";
import { Reason } from "../parts/reason.tsx";
import { ServerField, useServers } from "../parts/servers.tsx";
import { type Column, PagedTable } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { goTo } from "../router.ts";
import { texts } from "../texts/texts.ts";

const ATTEMPT_FILTERS = ["person", "client", "server", "outcome"] as const;
const ENDED_FILTERS = ["person", "client", "server"] as const;
/** What happens meanwhile appears by itself. */
const REFRESH_SECONDS = 30;

type Attempt = Row<"mcp_login_attempts">;
type EndedLogin = Row<"mcp_ended_logins">;

/** The page. */
export function LoginsPage(): JSX.Element {
  const { logins: t } = texts.value;
  const { id } = organization.value!;
  const isEnded = readFilter("show") === "ended";
  const to = `/${id}/logins`;
  return (
    <Page title={t.title} intro={t.intro}>
      <FindAttempt />
      <nav class="tabs" aria-label={t.lists}>
        <Link to={to} isCurrent={!isEnded}>{t.attempts}</Link>
        <Link to={to} query={{ show: "ended" }} isCurrent={isEnded}>{t.ended}</Link>
      </nav>
      {isEnded ? <EndedLogins key="ended" /> : <Attempts key="attempts" />}
    </Page>
  );
}

/** The way from the request id, which a person's error page names, to the attempt. */
function FindAttempt(): JSX.Element {
  const { logins: t } = texts.value;
  const { id } = organization.value!;
  return (
    <form
      class="filters"
      role="search"
      aria-label={t.findByRequest}
      onSubmit={(event) => {
        event.preventDefault();
        const requestId = String(new FormData(event.currentTarget).get("request") ?? "").trim();
        if (requestId !== "") {
          goTo(`/${id}/logins/${encodeURIComponent(requestId)}`);
        }
      }}
    >
      <TextField
        name="request"
        type="search"
        label={t.requestId}
        hint={t.requestHint}
        spellcheck={false}
        autoComplete="off"
      />
      <div class="buttons">
        <button type="submit">{t.find}</button>
      </div>
    </form>
  );
}

function Attempts(): JSX.Element {
  const { logins: t, connections, common } = texts.value;
  const { id } = organization.value!;
  const servers = useServers();
  const load = usePage<Attempt>(
    `attempts ${id} ${describeFilters(ATTEMPT_FILTERS)}`,
    () => findAttempts(id),
    { column: "logged_at", key: "request_id" },
    { everySeconds: REFRESH_SECONDS },
  );
  return (
    <>
      <Filters names={ATTEMPT_FILTERS}>
        <PersonField />
        <ClientField hint={t.clientHint} />
        <ServerField servers={servers} />
        <SelectField
          name="outcome"
          label={t.outcome}
          selected={readFilter("outcome") ?? ""}
          options={[
            ["", t.anyOutcome],
            ...OUTCOMES.map((outcome) => [outcome, t.outcomes[outcome]] as const),
          ]}
        />
      </Filters>
      <PagedTable
        caption={t.attempts}
        load={load}
        rowKey={(attempt) => JSON.stringify(attempt)}
        empty={isFiltered(ATTEMPT_FILTERS) ? common.nothingFound : t.noAttempts}
        columns={[
          {
            title: t.when,
            cell: ({ logged_at, request_id }) =>
              request_id === null
                ? <Time at={logged_at} />
                : (
                  <Link to={`/${id}/logins/${encodeURIComponent(request_id)}`}>
                    <Time at={logged_at} />
                  </Link>
                ),
          },
          { title: t.outcome, cell: ({ outcome }) => <Outcome outcome={outcome} /> },
          { title: connections.person, cell: (attempt) => <PersonLink person={attempt} /> },
          { title: connections.client, cell: (attempt) => <ClientLink client={attempt} /> },
          { title: connections.server, cell: ({ server, mcp_server_id }) => server ?? mcp_server_id },
          { title: t.reason, cell: ({ reason }) => <Reason reason={reason} /> },
        ]}
      />
    </>
  );
}

function EndedLogins(): JSX.Element {
  const { logins: t, connections, common } = texts.value;
  const { id } = organization.value!;
  const servers = useServers();
  const load = usePage<EndedLogin>(
    `ended ${id} ${describeFilters(ENDED_FILTERS)}`,
    () => findEndedLogins(id),
    { column: "ended_at", key: ["mcp_server_user_id", "mcp_server_id", "client_id", "began_at"] },
    { everySeconds: REFRESH_SECONDS },
  );
  const columns: Column<EndedLogin>[] = [
    { title: t.endedAt, cell: ({ ended_at }) => <Time at={ended_at} /> },
    { title: connections.person, cell: (login) => <PersonLink person={login} /> },
    { title: connections.client, cell: (login) => <ClientLink client={login} /> },
    { title: connections.server, cell: ({ server, mcp_server_id }) => server ?? mcp_server_id },
    { title: t.reason, cell: ({ reason }) => <Reason reason={reason} isWhole /> },
  ];
  return (
    <>
      <Filters names={ENDED_FILTERS}>
        <PersonField />
        <ClientField hint={t.endedClientHint} />
        <ServerField servers={servers} />
      </Filters>
      <PagedTable
        caption={t.ended}
        load={load}
        rowKey={(login) => JSON.stringify(login)}
        empty={isFiltered(ENDED_FILTERS) ? common.nothingFound : t.noEnded}
        columns={columns}
      />
    </>
  );
}

function PersonField(): JSX.Element {
  const { logins: t, connections } = texts.value;
  return (
    <TextField
      name="person"
      type="search"
      label={connections.person}
      hint={t.personHint}
      spellcheck={false}
    />
  );
}

function ClientField({ hint }: { hint: string }): JSX.Element {
  const { connections } = texts.value;
  return (
    <TextField
      name="client"
      type="search"
      label={connections.client}
      hint={hint}
      spellcheck={false}
    />
  );
}

function findAttempts(organizationId: string): unknown {
  const [person, client, server, outcome] = ATTEMPT_FILTERS.map(readFilter);
  let query = database.from("mcp_login_attempts").select("*").eq("organization_id", organizationId);
  if (server !== undefined) {
    query = query.eq("mcp_server_id", server);
  }
  if (outcome !== undefined) {
    query = query.eq("outcome", outcome);
  }
  if (person !== undefined) {
    query = person.startsWith("mcpu_")
      ? query.eq("mcp_server_user_id", person)
      : query.ilike("email", toPattern(person));
  }
  if (client !== undefined) {
    query = query.or(toSearch(client, { within: ["client_name"], exactly: ["client_id"] }));
  }
  return query;
}

function findEndedLogins(organizationId: string): unknown {
  const [person, client, server] = ENDED_FILTERS.map(readFilter);
  let query = database.from("mcp_ended_logins").select("*").eq("organization_id", organizationId);
  if (server !== undefined) {
    query = query.eq("mcp_server_id", server);
  }
  if (person !== undefined) {
    query = person.startsWith("mcpu_")
      ? query.eq("mcp_server_user_id", person)
      : query.ilike("email", toPattern(person));
  }
  if (client !== undefined) {
    query = query.eq("client_id", client);
  }
  return query;
}

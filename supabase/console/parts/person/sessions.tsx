/**
 * What a person did, in three panes: MCP sessions, the calls of one, and one call.
 *
 * Which is chosen stands in the URL. Where the project records no calls there
 * are the sessions alone.
 *
 * @module
 */

import type { JSX } from "preact";
import { type McpCall, MOST_CALLS, NO_SESSION, readCalls } from "../../data/calls.ts";
import { database, type Row } from "../../data/client.ts";
import { type Load, useLoad } from "../../data/load.ts";
import { usePage } from "../../data/paging.ts";
import { address } from "../../router.ts";
import { texts, toNumber } from "../../texts/texts.ts";
import { type Fact, Facts } from "../facts.tsx";
import { readFilter } from "../filters.tsx";
import { Foreign, ForeignJson } from "../foreign.tsx";
import { Link } from "../link.tsx";
import { Loaded } from "../loaded.tsx";
import { ClientLink } from "../person.tsx";
import { PagedTable, Table } from "../table.tsx";
import { Time } from "../time.tsx";
import type { Person } from "./actions.tsx";

const SHOWN = 10;

/** The panes. */
export function PersonSessions({ person }: { person: Person }): JSX.Element {
  const { people: t } = texts.value;
  const { organization_id, mcp_server_user_id } = person;
  const sessionId = readFilter("session");
  const load = useLoad(
    `calls ${organization_id} ${mcp_server_user_id} ${sessionId}`,
    () => readCalls(person, sessionId),
  );
  const hasCalls = load.value !== null;
  const call = load.value?.find(({ mcp_call_id }) => String(mcp_call_id) === readFilter("call"));
  return (
    <div class={hasCalls ? "panes" : undefined}>
      <div>
        {hasCalls && <h3>{t.sessionsPane}</h3>}
        <Sessions person={person} hasCalls={hasCalls} />
      </div>
      {hasCalls && (
        <div>
          <h3>{sessionId === undefined ? t.newestCalls : t.callsOfSession}</h3>
          <Choices />
          <Calls load={load as Load<McpCall[]>} />
        </div>
      )}
      {call !== undefined && (
        <div>
          <h3>{t.oneCall}</h3>
          <OneCall call={call} />
        </div>
      )}
    </div>
  );
}

/** A link that chooses a session or a call and keeps the rest of the address. */
function Choice(
  { session, call, isCurrent, children }: {
    session: string | undefined;
    call?: string;
    isCurrent: boolean;
    children: JSX.Element | string;
  },
): JSX.Element {
  const { path, query } = address.value;
  return (
    <Link to={path} query={{ ...Object.fromEntries(query), session, call }} isCurrent={isCurrent}>
      {children}
    </Link>
  );
}

function Sessions({ person, hasCalls }: { person: Person; hasCalls: boolean }): JSX.Element {
  const { people: t } = texts.value;
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
        {
          title: t.began,
          cell: (session) => (
            <>
              {hasCalls
                ? (
                  <Choice
                    session={session.mcp_session_id}
                    isCurrent={readFilter("session") === session.mcp_session_id}
                  >
                    <Time at={session.first_seen_at} />
                  </Choice>
                )
                : <Time at={session.first_seen_at} />}
              <small class="below">
                {session.server} <ClientLink client={session} />
              </small>
            </>
          ),
        },
        { title: t.lastSeen, cell: ({ last_seen_at }) => <Time at={last_seen_at} relative /> },
      ]}
    />
  );
}

/** All calls, or those that have no session. */
function Choices(): JSX.Element {
  const { people: t } = texts.value;
  const sessionId = readFilter("session");
  return (
    <nav class="tabs" aria-label={t.whichCalls}>
      <Choice session={undefined} isCurrent={sessionId === undefined}>{t.allCalls}</Choice>
      <Choice session={NO_SESSION} isCurrent={sessionId === NO_SESSION}>{t.withoutSession}</Choice>
    </nav>
  );
}

function Calls({ load }: { load: Load<McpCall[]> }): JSX.Element {
  const { people: t } = texts.value;
  const sessionId = readFilter("session");
  return (
    <Loaded load={load} isEmpty={(calls) => calls.length === 0} empty={t.noCalls}>
      {(calls) => (
        <>
          <Table
            caption={t.calls}
            rows={calls}
            rowKey={({ mcp_call_id }) => String(mcp_call_id)}
            columns={[
              {
                title: t.call,
                cell: ({ mcp_call_id, name, method, started_at }) => (
                  <>
                    <Choice
                      session={sessionId}
                      call={String(mcp_call_id)}
                      isCurrent={readFilter("call") === String(mcp_call_id)}
                    >
                      <Foreign text={name} />
                    </Choice>
                    <small class="below">
                      {method}, <Time at={started_at} />
                    </small>
                  </>
                ),
              },
              { title: t.state, cell: ({ outcome }) => <CallOutcome outcome={outcome} /> },
            ]}
          />
          {calls.length === MOST_CALLS && <p class="soft">{t.newestOnly(toNumber(MOST_CALLS))}</p>}
        </>
      )}
    </Loaded>
  );
}

function CallOutcome({ outcome }: { outcome: string }): JSX.Element {
  const { callOutcomes } = texts.value.people;
  return (
    <span class={outcome === "ok" ? "badge good" : "badge bad"}>
      {Object.hasOwn(callOutcomes, outcome) ? callOutcomes[outcome as keyof typeof callOutcomes] : outcome}
    </span>
  );
}

function OneCall({ call }: { call: McpCall }): JSX.Element {
  const { people: t, connections } = texts.value;
  const facts: Fact[] = [
    [t.call, <Foreign key="name" text={call.name} />],
    [t.method, call.method],
    [t.began, <Time key="time" at={call.started_at} />],
    [t.state, <CallOutcome key="outcome" outcome={call.outcome} />],
    [t.errorCode, call.error_code],
    [t.httpStatus, call.http_status],
    [t.milliseconds, toNumber(call.milliseconds)],
    [t.bytesIn, toNumber(call.bytes_in)],
    [t.bytesOut, toNumber(call.bytes_out)],
    [connections.server, call.server],
    [connections.client, call.client_id === null ? null : <ClientLink key="client" client={call} />],
  ];
  return (
    <>
      <Facts facts={facts} />
      <Payload title={t.arguments} value={call.arguments} />
      <Payload title={t.result} value={call.result} />
      {call.arguments === null && call.result === null && <p class="soft">{t.noPayloads}</p>}
    </>
  );
}

function Payload({ title, value }: { title: string; value: unknown }): JSX.Element | null {
  return value === null ? null : (
    <>
      <h4>{title}</h4>
      <ForeignJson value={value} />
    </>
  );
}

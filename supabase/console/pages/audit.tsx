/**
 * The audit: who did what, filtered, and as a file.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { database, type Row } from "../data/client.ts";
import { toCsv } from "../data/csv.ts";
import { isRequestId } from "../data/login_steps.ts";
import { organization } from "../data/organizations.ts";
import { type PageOrder, readAll, usePage } from "../data/paging.ts";
import { ActionButton } from "../parts/action.tsx";
import { download } from "../parts/download.ts";
import { EventName } from "../parts/event.tsx";
import { describeFilters, Filters, isFiltered, readFilter, toPattern } from "../parts/filters.tsx";
import { Foreign } from "../parts/foreign.tsx";
import { TextField } from "../parts/form.tsx";
import { Link } from "../parts/link.tsx";
import { Page } from "../parts/page.tsx";
import { PersonLink } from "../parts/person.tsx";
import { Reason } from "../parts/reason.tsx";
import { ServerField, useServers } from "../parts/servers.tsx";
import { type Column, PagedTable } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { say } from "../parts/toasts.tsx";
import { texts, toNumber } from "../texts/texts.ts";

const FILTERS = ["event", "person", "actor", "server", "request", "from", "until"] as const;
const ORDER: PageOrder = { column: "occurred_at", key: "audit_event_id" };
/** A file has so many events at most: what is older is had with an earlier `until`. */
const MOST_EVENTS = 100_000;
const CSV_COLUMNS = [
  "audit_event_id",
  "occurred_at",
  "event",
  "reason",
  "actor",
  "platform_user_id",
  "mcp_server_user_id",
  "email",
  "client_id",
  "mcp_server_id",
  "server",
  "object_id",
  "request_id",
  "detail",
  "occurrences",
  "last_occurred_at",
] as const;

type AuditEvent = Row<"mcp_audit">;

/** The page. */
export function AuditPage(): JSX.Element {
  const { audit: t, common } = texts.value;
  const { id } = organization.value!;
  const servers = useServers();
  const load = usePage<AuditEvent>(`audit ${id} ${describeFilters(FILTERS)}`, () => findEvents(id), ORDER);
  return (
    <Page title={t.title} intro={t.intro} actions={<CsvButton />}>
      <Filters names={FILTERS}>
        <TextField name="event" type="search" label={t.event} hint={t.eventHint} spellcheck={false} />
        <TextField name="person" type="search" label={t.person} hint={t.personHint} spellcheck={false} />
        <TextField name="actor" type="search" label={t.actor} hint={t.actorHint} spellcheck={false} />
        <ServerField servers={servers} />
        <TextField name="request" type="search" label={t.requestId} hint={t.requestHint} spellcheck={false} />
        <TextField name="from" type="date" label={t.from} />
        <TextField name="until" type="date" label={t.until} />
      </Filters>
      <PagedTable
        caption={t.title}
        load={load}
        columns={buildColumns()}
        rowKey={({ audit_event_id }) => String(audit_event_id)}
        empty={isFiltered(FILTERS) ? common.nothingFound : t.none}
      />
    </Page>
  );
}

function buildColumns(): Column<AuditEvent>[] {
  const { audit: t, logins, connections } = texts.value;
  const { id } = organization.value!;
  return [
    {
      title: t.event,
      cell: ({ event, occurrences }) => (
        <>
          <EventName event={event} />{" "}
          {occurrences > 1 && <span class="badge">{t.times(toNumber(occurrences))}</span>}
        </>
      ),
    },
    {
      title: t.when,
      cell: ({ occurred_at, occurrences, last_occurred_at }) => (
        <>
          <Time at={occurred_at} />
          {occurrences > 1 && (
            <small class="below">
              {t.last} <Time at={last_occurred_at} />
            </small>
          )}
        </>
      ),
    },
    {
      title: t.actor,
      cell: ({ actor, platform_user_id }) => {
        const who = actor ?? platform_user_id;
        return who === null ? null : <Foreign text={who} />;
      },
    },
    { title: t.person, cell: (event) => <PersonLink person={event} /> },
    { title: connections.server, cell: ({ server, mcp_server_id }) => server ?? mcp_server_id },
    { title: logins.reason, cell: ({ reason }) => <Reason reason={reason} /> },
    { title: t.about, cell: (event) => <About event={event} organizationId={id} /> },
  ];
}

/** What else an event names. */
function About(
  { event: { object_id, client_id, request_id, detail }, organizationId }: {
    event: AuditEvent;
    organizationId: string;
  },
): JSX.Element {
  const { logins: t } = texts.value;
  const named = [object_id, client_id].filter((name) => name !== null);
  return (
    <>
      {named.map((name) => (
        <div key={name}>
          <code>
            <Foreign text={name} />
          </code>
        </div>
      ))}
      {detail !== null && (
        <div>
          <code>
            <Foreign text={JSON.stringify(detail)} />
          </code>
        </div>
      )}
      {request_id !== null && (
        <Link to={`/${organizationId}/logins/${encodeURIComponent(request_id)}`}>{t.request}</Link>
      )}
    </>
  );
}

/** Reads all events that the filters leave, and gives them to the reader as a file. */
function CsvButton(): JSX.Element {
  const { audit: t } = texts.value;
  const { id } = organization.value!;
  const [progress, setProgress] = useState<number>();
  return (
    <>
      <ActionButton
        text={t.csv}
        perform={async () => {
          try {
            setProgress(0);
            const { rows, isWhole } = await readAll<AuditEvent>(() => findEvents(id), ORDER, {
              most: MOST_EVENTS,
              onProgress: setProgress,
            });
            download(`audit_${id}.csv`, "text/csv;charset=utf-8", toCsv(CSV_COLUMNS, rows));
            say(isWhole ? t.csvDone(toNumber(rows.length)) : t.csvCut(toNumber(rows.length)));
          } finally {
            setProgress(undefined);
          }
        }}
      />
      <small role="status">{progress === undefined ? "" : t.csvReading(toNumber(progress))}</small>
    </>
  );
}

/** The beginning of a day of a filter, or of one after it, in the reader's zone; undefined where it is no day. */
function startOfDay(day: string | undefined, daysLater = 0): string | undefined {
  const time = new Date(`${day}T00:00:00`);
  time.setDate(time.getDate() + daysLater);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function findEvents(organizationId: string): unknown {
  const [event, person, actor, server, request] = FILTERS.map(readFilter);
  const [from, end] = [startOfDay(readFilter("from")), startOfDay(readFilter("until"), 1)];
  let query = database.from("mcp_audit").select("*").eq("organization_id", organizationId);
  if (event !== undefined) {
    query = query.ilike("event", toPattern(event));
  }
  if (person !== undefined) {
    query = person.startsWith("mcpu_")
      ? query.eq("mcp_server_user_id", person)
      : query.ilike("email", toPattern(person));
  }
  if (actor !== undefined) {
    query = query.ilike("actor", toPattern(actor));
  }
  if (server !== undefined) {
    query = query.eq("mcp_server_id", server);
  }
  if (request !== undefined) {
    query = isRequestId(request)
      ? query.or(`request_id.eq.${request},repeated_request_ids.cs.{${request}}`)
      : query.eq("request_id", request);
  }
  if (from !== undefined) {
    query = query.gte("occurred_at", from);
  }
  if (end !== undefined) {
    query = query.lt("occurred_at", end);
  }
  return query;
}

/**
 * One login: its steps, the reason why it ended as it did, and what the owner does about it.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, readRows, type Row } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { organization } from "../data/organizations.ts";
import { isRequestId, listSteps } from "../data/login_steps.ts";
import { Copy } from "../parts/copy.tsx";
import { EventName } from "../parts/event.tsx";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page, Section } from "../parts/page.tsx";
import { ClientLink, PersonLink } from "../parts/person.tsx";
import { ReasonAndRemedy } from "../parts/reason.tsx";
import { ServerLink } from "../parts/servers.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import type { PageParameters } from "../routes.ts";
import { texts } from "../texts/texts.ts";

/** A login that is under way goes on by itself. */
const REFRESH_SECONDS = 15;
const MOST_EVENTS = 50;

type Attempt = Row<"mcp_login_attempts">;
type AuditEvent = Row<"mcp_audit">;
/** Where people log in at the server, as it is now: that is where the owner mends what was wrong. */
type Provider = Pick<Row<"mcp_server_settings">, "oauth_config_id" | "provider">;

/** The page. */
export function LoginPage({ parameters }: PageParameters): JSX.Element {
  const { logins: t } = texts.value;
  const { id } = organization.value!;
  const requestId = parameters["login"]!;
  const load = useLoad(`login ${id} ${requestId}`, () => readLogin(id, requestId), {
    everySeconds: REFRESH_SECONDS,
  });
  return (
    <Page
      title={t.oneTitle}
      actions={<Link to={`/${id}/logins`} class="button">{t.allLogins}</Link>}
    >
      <p>
        {t.requestId}: <Copy text={requestId} label={t.requestId} />
      </p>
      <Loaded load={load}>
        {({ attempt, events, provider }) => (
          <>
            {attempt === undefined
              ? <p class="notice">{events.length === 0 ? t.notFound : t.noLogin}</p>
              : <Attempt attempt={attempt} provider={provider} />}
            {events.length > 0 && (
              <Section title={t.events}>
                <Events events={events} />
              </Section>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Attempt(
  { attempt, provider }: { attempt: Attempt; provider: Provider | undefined },
): JSX.Element {
  const { logins: t, connections, common, people } = texts.value;
  const { id } = organization.value!;
  return (
    <>
      <dl>
        <div>
          <dt>{t.outcome}</dt>
          <dd>
            <Outcome outcome={attempt.outcome} />
          </dd>
        </div>
        <div>
          <dt>{connections.person}</dt>
          <dd>
            {attempt.mcp_server_user_id === null
              ? <span class="soft">{t.nobodyKnown}</span>
              : <PersonLink person={attempt} />}
          </dd>
        </div>
        <div>
          <dt>{connections.client}</dt>
          <dd>
            {attempt.client_id === null ? common.unknown : <ClientLink client={attempt} />}
          </dd>
        </div>
        <div>
          <dt>{connections.server}</dt>
          <dd>
            <ServerLink server={attempt} />
          </dd>
        </div>
        {provider !== undefined && (
          <div>
            <dt>{people.provider}</dt>
            <dd>
              <Link to={`/${id}/providers/${provider.oauth_config_id}`}>{provider.provider}</Link>
            </dd>
          </div>
        )}
      </dl>
      <Section title={t.stepsTitle}>
        <Steps attempt={attempt} />
      </Section>
      {attempt.reason !== null && (
        <Section title={t.why}>
          <ReasonAndRemedy reason={attempt.reason} />
          <Detail attempt={attempt} />
        </Section>
      )}
    </>
  );
}

function Steps({ attempt }: { attempt: Attempt }): JSX.Element {
  const { logins: t } = texts.value;
  return (
    <ol class="steps">
      {listSteps(attempt).map(({ name, state, at }) => (
        <li key={name} class={state}>
          {t.stages[name]} <span class={`badge ${BADGES[state]}`}>{t.states[state]}</span>
          {at !== null && (
            <small class="below">
              <Time at={at} />
            </small>
          )}
        </li>
      ))}
    </ol>
  );
}

const BADGES = { done: "good", failed: "bad", waiting: "warn", "not reached": "" } as const;

/** Where it happened and what was wrong, in the audit's own words. */
function Detail({ attempt }: { attempt: Attempt }): JSX.Element | null {
  const { logins: t } = texts.value;
  const { step, status, error_code, member, problem } = attempt;
  const known: [title: string, text: string | number | null][] = [
    [t.status, status],
    [t.errorCode, error_code],
    [t.member, member],
    [t.problem, problem],
  ];
  const shown = known.filter(([, text]) => text !== null);
  if (step === null && shown.length === 0) {
    return null;
  }
  return (
    <dl>
      {step !== null && (
        <div>
          <dt>{t.step}</dt>
          <dd>{Object.hasOwn(t.steps, step) ? t.steps[step as keyof typeof t.steps] : step}</dd>
        </div>
      )}
      {shown.map(([title, text]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            <code>{text}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Events({ events }: { events: AuditEvent[] }): JSX.Element {
  const { logins: t, audit } = texts.value;
  return (
    <Table
      caption={t.events}
      rows={events}
      rowKey={({ audit_event_id }) => String(audit_event_id)}
      columns={[
        { title: audit.event, cell: ({ event }) => <EventName event={event} /> },
        { title: audit.when, cell: ({ occurred_at }) => <Time at={occurred_at} /> },
        { title: t.reason, cell: ({ reason }) => reason === null ? "" : <code>{reason}</code> },
        { title: audit.person, cell: (event) => <PersonLink person={event} /> },
      ]}
    />
  );
}

async function readLogin(
  organizationId: string,
  requestId: string,
): Promise<{ attempt: Attempt | undefined; events: AuditEvent[]; provider: Provider | undefined }> {
  if (!isRequestId(requestId)) {
    return { attempt: undefined, events: [], provider: undefined };
  }
  const [attempts, events, repeated] = await Promise.all([
    readRows(
      database.from("mcp_login_attempts").select("*").eq("organization_id", organizationId)
        .eq("request_id", requestId).limit(1),
    ),
    readRows(
      database.from("mcp_audit").select("*").eq("organization_id", organizationId).eq("request_id", requestId)
        .order("audit_event_id").limit(MOST_EVENTS),
    ),
    readRows(
      database.from("mcp_audit").select("*").eq("organization_id", organizationId)
        .contains("repeated_request_ids", [requestId]).order("audit_event_id").limit(MOST_EVENTS),
    ),
  ]);
  const found = new Map([...events, ...repeated].map((event) => [event.audit_event_id, event]));
  const [attempt] = attempts;
  const providers = attempt?.mcp_server_id
    ? await readRows(
      database.from("mcp_server_settings").select("oauth_config_id,provider").eq(
        "organization_id",
        organizationId,
      )
        .eq("mcp_server_id", attempt.mcp_server_id).not("provider", "is", null).limit(1),
    )
    : [];
  return { attempt, events: [...found.values()], provider: providers[0] };
}

/**
 * Home: how the organization is: who uses it, how logins end, and what needs attention.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, readCount, readEveryRow, readRows, type Row } from "../data/client.ts";
import { findFailingLogins } from "../data/failing_logins.ts";
import { useLoad } from "../data/load.ts";
import { type ActiveDay, type Calls, readActiveDays, readCalls } from "../data/usage.ts";
import { mayManage, organization } from "../data/organizations.ts";
import { Chart } from "../parts/chart.tsx";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page, Section } from "../parts/page.tsx";
import { language, texts, toNumber, toTime } from "../texts/texts.ts";

/** The days of the chart. */
const DAYS = 14;
/** Whoever was seen in as many days is active. */
const ACTIVE_DAYS = 30;
/** As many of the newest logins are looked at for servers at which they fail. */
const NEWEST_LOGINS = 100;
const DAY_MILLISECONDS = 86_400_000;
/** What happens meanwhile appears by itself. */
const REFRESH_SECONDS = 60;

/** The page. */
export function HomePage(): JSX.Element {
  const { home: t } = texts.value;
  const { id } = organization.value!;
  const attention = useLoad(`attention ${id} ${language.value}`, () => readAttention(id), {
    everySeconds: REFRESH_SECONDS,
  });
  const figures = useLoad(`figures ${id}`, () => readFigures(id), { everySeconds: REFRESH_SECONDS });
  const logins = useLoad(`logins ${id}`, () => readLoginDays(id), { everySeconds: REFRESH_SECONDS });
  const active = useLoad(`active ${id}`, () => readActiveDays(id, listDays()[0]!), {
    everySeconds: REFRESH_SECONDS,
  });
  return (
    <Page title={t.title}>
      <Loaded load={figures}>
        {({ people, connections, calls }) => (
          <dl class="figures">
            <Figure title={t.activeUsers} value={toNumber(people)} hint={t.activeHint(ACTIVE_DAYS)} />
            <Figure title={t.connections} value={toNumber(connections)} hint={t.connectionsHint} />
            <LoginFigures days={logins.value} />
            <Figure title={t.calls} value={toNumber(calls.calls)} hint={t.inDays(ACTIVE_DAYS)} />
            <Figure
              title={t.errorRate}
              value={toNumber(calls.errorRate, { style: "percent", maximumFractionDigits: 1 })}
              hint={t.errorRateHint}
            />
          </dl>
        )}
      </Loaded>
      <Section title={t.attention}>
        <Loaded load={attention} isEmpty={(found) => found.length === 0} empty={t.allWell}>
          {(found) => (
            <ul class="cards">
              {found.map((item) => (
                <li key={item.key} class={item.isBad ? "bad" : undefined}>
                  <Link to={`/${id}/${item.page}`}>{item.text}</Link>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Section>
      <Section title={t.logins}>
        <Loaded load={logins} isEmpty={(days) => days.length === 0} empty={t.noLogins}>
          {(days) => <LoginChart days={days} />}
        </Loaded>
      </Section>
      <Section title={t.callers}>
        <Loaded load={active} isEmpty={(days) => days.length === 0} empty={t.noCalls}>
          {(days) => <ActiveChart days={days} />}
        </Loaded>
      </Section>
    </Page>
  );
}

function Figure({ title, value, hint }: { title: string; value: string; hint: string }): JSX.Element {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {value}
        <small>{hint}</small>
      </dd>
    </div>
  );
}

function LoginFigures({ days }: { days: LoginDay[] | undefined }): JSX.Element | null {
  const { home: t } = texts.value;
  if (days === undefined) {
    return null;
  }
  return (
    <>
      <Figure title={t.completedLogins} value={toNumber(sum(days, "completed"))} hint={t.inDays(DAYS)} />
      <Figure title={t.failedLogins} value={toNumber(sum(days, "failed"))} hint={t.inDays(DAYS)} />
    </>
  );
}

type LoginDay = Pick<Row<"mcp_login_days">, "day" | "outcome" | "logins">;
type Outcome = "completed" | "failed" | "abandoned";

function sum(days: LoginDay[], outcome: Outcome): number {
  return days.filter((day) => day.outcome === outcome).reduce(
    (total, { logins }) => total + Number(logins),
    0,
  );
}

function LoginChart({ days }: { days: LoginDay[] }): JSX.Element {
  const { home: t } = texts.value;
  const shown = listDays();
  const count = (outcome: Outcome): number[] =>
    shown.map((day) => sum(days.filter((candidate) => candidate.day === day), outcome));
  return (
    <Chart
      title={t.logins}
      times={shown}
      timeTitle={t.day}
      // The days are those of UTC, wherever the reader is.
      timeFormat={{ dateStyle: "medium", timeZone: "UTC" }}
      series={[
        { name: t.completed, values: count("completed"), colour: "good" },
        { name: t.failed, values: count("failed"), colour: "bad" },
        { name: t.abandoned, values: count("abandoned"), colour: "soft" },
      ]}
    />
  );
}

function ActiveChart({ days }: { days: ActiveDay[] }): JSX.Element {
  const { home: t } = texts.value;
  const shown = listDays();
  const count = (who: "known" | "visitors"): number[] =>
    shown.map((day) => days.find(({ starts_on }) => starts_on === day)?.[who] ?? 0);
  return (
    <Chart
      title={t.callers}
      times={shown}
      timeTitle={t.day}
      timeFormat={{ dateStyle: "medium", timeZone: "UTC" }}
      series={[
        { name: t.known, values: count("known"), colour: "accent" },
        { name: t.visitors, values: count("visitors"), colour: "soft" },
      ]}
    />
  );
}

/** The days of the chart, the present one last, as the view writes them. */
function listDays(): string[] {
  return Array.from({ length: DAYS }, (_, index) => daysAgo(DAYS - 1 - index).slice(0, 10));
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY_MILLISECONDS).toISOString();
}

async function readLoginDays(organizationId: string): Promise<LoginDay[]> {
  return await readEveryRow((from, to) =>
    database.from("mcp_login_days").select("day,outcome,logins").eq("organization_id", organizationId)
      .in("outcome", ["completed", "failed", "abandoned"]).gte("day", listDays()[0]!)
      .order("day").order("mcp_server_id").order("outcome").order("reason").range(from, to)
  );
}

/** The figures. */
interface Figures {
  people: number;
  connections: number;
  calls: Calls;
}

async function readFigures(organizationId: string): Promise<Figures> {
  const [people, connections, calls] = await Promise.all([
    readCount(
      database.from("mcp_people").select("mcp_server_user_id", { count: "exact", head: true })
        .eq("organization_id", organizationId).neq("auth_type", "none").gte(
          "last_seen_at",
          daysAgo(ACTIVE_DAYS),
        ),
    ),
    readCount(
      database.from("mcp_connections").select("mcp_server_user_id", { count: "exact", head: true })
        .eq("organization_id", organizationId),
    ),
    readCalls(organizationId),
  ]);
  return { people, connections, calls };
}

/** Something that somebody should look at, and where. */
interface AttentionItem {
  key: string;
  text: string;
  /** The page below the organization's, such as `providers`. */
  page: string;
  isBad?: boolean;
}

async function readAttention(organizationId: string): Promise<AttentionItem[]> {
  const { home: t } = texts.value;
  const [providers, servers, attempts, refused, invitations] = await Promise.all([
    readRows(
      database.from("mcp_providers").select("oauth_config_id,name,refused_at,disabled_at")
        .eq("organization_id", organizationId).order("name"),
    ),
    readRows(
      database.from("mcp_server_settings").select("mcp_server_id,slug,disabled_at")
        .eq("organization_id", organizationId).order("slug"),
    ),
    readRows(
      database.from("mcp_login_attempts").select("mcp_server_id,server,outcome,reason,request_id")
        .eq("organization_id", organizationId).order("logged_at", { ascending: false }).limit(NEWEST_LOGINS),
    ),
    readCount(
      database.from("mcp_upstream_tokens").select("upstream_token_id", { count: "exact", head: true })
        .eq("organization_id", organizationId).not("refused_at", "is", null).is("ended_at", null),
    ),
    mayManage.value
      ? readCount(
        database.from("mcp_invitations").select("invitation_id", { count: "exact", head: true })
          .eq("organization_id", organizationId),
      )
      : 0,
  ]);
  const items: (AttentionItem | false)[] = [
    ...providers.filter(({ refused_at }) => refused_at !== null).map((
      { oauth_config_id, name, refused_at },
    ) => ({
      key: `refuses ${oauth_config_id}`,
      text: t.providerRefuses(name, toTime(refused_at!)),
      page: `providers/${oauth_config_id}`,
      isBad: true,
    })),
    ...providers.filter(({ disabled_at }) => disabled_at !== null).map(({ oauth_config_id, name }) => ({
      key: `disabled ${oauth_config_id}`,
      text: t.providerDisabled(name),
      page: `providers/${oauth_config_id}`,
    })),
    ...servers.filter(({ disabled_at }) => disabled_at !== null).map(({ mcp_server_id, slug }) => ({
      key: `disabled ${mcp_server_id}`,
      text: t.serverDisabled(slug),
      page: `servers/${mcp_server_id}`,
    })),
    ...findFailingLogins(attempts).map(({ serverId, server, logins, requestId }) => ({
      key: `failing ${serverId}`,
      text: t.loginsFail(server, logins),
      page: `logins/${encodeURIComponent(requestId)}`,
      isBad: true,
    })),
    refused > 0 && { key: "tokens", text: t.tokensRefused(refused), page: "people", isBad: true },
    providers.length === 0 && { key: "no provider", text: t.noProvider, page: "providers" },
    servers.length === 0 && { key: "no server", text: t.noServer, page: "servers" },
    invitations > 0 && { key: "invitations", text: t.invitationsOpen(invitations), page: "members" },
  ];
  return items.filter((item) => item !== false);
}

/**
 * Who came last, and whether they got in. It is read again by itself: the first login of a new server appears.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { database, readRows } from "../../data/client.ts";
import { useLoad } from "../../data/load.ts";
import type { Server } from "../../data/server_settings.ts";
import { texts } from "../../texts/texts.ts";
import { Loaded } from "../loaded.tsx";
import { Section } from "../page.tsx";
import { Table } from "../table.tsx";
import { Time } from "../time.tsx";
import { say } from "../toasts.tsx";

const SHOWN = 5;
const REFRESH_SECONDS = 5;

/** The last logins; of a server without a sign-in, the last sessions. */
export function LatestLogins({ server }: { server: Server }): JSX.Element {
  return server.auth_type === "none" ? <Sessions server={server} /> : <Logins server={server} />;
}

function Logins({ server: { organization_id, mcp_server_id: id } }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const load = useLoad(`latest logins ${id}`, () =>
    readRows(
      database.from("mcp_login_attempts").select("*").eq("organization_id", organization_id!)
        .eq("mcp_server_id", id!).order("logged_at", { ascending: false }).limit(SHOWN),
    ), { everySeconds: REFRESH_SECONDS });
  const isDone = load.value?.some(({ outcome }) => outcome === "completed");
  useFirst(isDone, t.firstLogin);
  return (
    <Section title={t.logins}>
      <Loaded load={load} isEmpty={(rows) => rows.length === 0} empty={t.noLogins}>
        {(rows) => (
          <Table
            caption={t.logins}
            rows={rows}
            rowKey={({ request_id, logged_at }) => `${request_id} ${logged_at}`}
            columns={[
              { title: t.when, cell: ({ logged_at }) => <Time at={logged_at} relative /> },
              { title: t.client, cell: ({ client_name, client_id }) => client_name ?? client_id },
              { title: t.person, cell: ({ email, mcp_server_user_id }) => email ?? mcp_server_user_id },
              {
                title: t.outcome,
                cell: ({ outcome, reason }) => (
                  <>
                    <span class={`badge ${BADGES[outcome ?? ""] ?? ""}`}>
                      {(t.outcomes as Record<string, string>)[outcome ?? ""] ?? outcome}
                    </span>{" "}
                    {outcome !== "completed" && reason !== null && <code>{reason}</code>}
                  </>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

const BADGES: Readonly<Record<string, string>> = { completed: "good", failed: "bad", abandoned: "warn" };

function Sessions({ server: { organization_id, mcp_server_id: id } }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const load = useLoad(`latest sessions ${id}`, () =>
    readRows(
      database.from("mcp_sessions").select("*").eq("organization_id", organization_id!)
        .eq("mcp_server_id", id!).order("last_seen_at", { ascending: false }).limit(SHOWN),
    ), { everySeconds: REFRESH_SECONDS });
  useFirst(load.value?.some(() => true), t.firstSession);
  return (
    <Section title={t.sessions}>
      <Loaded load={load} isEmpty={(rows) => rows.length === 0} empty={t.noSessions}>
        {(rows) => (
          <Table
            caption={t.sessions}
            rows={rows}
            rowKey={({ mcp_session_id }) => String(mcp_session_id)}
            columns={[
              { title: t.began, cell: ({ first_seen_at }) => <Time at={first_seen_at} relative /> },
              { title: t.lastSeen, cell: ({ last_seen_at }) => <Time at={last_seen_at} relative /> },
              { title: t.person, cell: ({ email, mcp_server_user_id }) => email ?? mcp_server_user_id },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

/** Says that something has happened for the first time, to whoever has seen that it had not. */
function useFirst(isDone: boolean | undefined, text: string): void {
  const before = useRef<boolean | undefined>(undefined);
  useEffect(() => {
    if (before.current === false && isDone === true) {
      say(text);
    }
    before.current = isDone;
  }, [isDone]);
}

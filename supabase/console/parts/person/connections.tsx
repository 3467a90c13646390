/**
 * What is connected in a person's name: with which apps at Gatepost, and with which tokens at the provider.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, perform, readRows, type Row } from "../../data/client.ts";
import { type Load, useLoad } from "../../data/load.ts";
import { mayManage } from "../../data/organizations.ts";
import { texts } from "../../texts/texts.ts";
import { askToRevoke, buildConnectionColumns } from "../connections.tsx";
import { askToConfirm } from "../dialog.tsx";
import { nameOf } from "../foreign.tsx";
import { Loaded } from "../loaded.tsx";
import { Section } from "../page.tsx";
import { Reason } from "../reason.tsx";
import { Table } from "../table.tsx";
import { Time } from "../time.tsx";
import type { Person } from "./actions.tsx";

/** A person has no more connections than the bound of `row_bounds` for each client. */
const MOST_ROWS = 200;

/** The sections. */
export function PersonConnections({ person }: { person: Person }): JSX.Element {
  const { people: t } = texts.value;
  const { organization_id, mcp_server_user_id } = person;
  const connections = useLoad(`connections of ${organization_id} ${mcp_server_user_id}`, () =>
    readRows(
      database.from("mcp_connections").select("*").eq("organization_id", organization_id)
        .eq("mcp_server_user_id", mcp_server_user_id).order("last_used_at", { ascending: false }).limit(
          MOST_ROWS,
        ),
    ));
  const tokens = useLoad(`tokens of ${organization_id} ${mcp_server_user_id}`, () =>
    readRows(
      database.from("mcp_upstream_tokens").select("*").eq("organization_id", organization_id)
        .eq("mcp_server_user_id", mcp_server_user_id).order("obtained_at", { ascending: false }).limit(
          MOST_ROWS,
        ),
    ));
  const afterwards = async (): Promise<void> => {
    await Promise.all([connections.reload(), tokens.reload()]);
  };
  return (
    <>
      <Section
        title={t.connections}
        actions={mayManage.value && (connections.value?.length ?? 0) > 1 && (
          <button
            type="button"
            onClick={() => askToRevokeAll(person, afterwards)}
          >
            {t.revokeAll}
          </button>
        )}
      >
        <Loaded load={connections} isEmpty={(rows) => rows.length === 0} empty={t.noConnections}>
          {(rows) => (
            <Table
              caption={t.connections}
              rows={rows}
              rowKey={({ mcp_client_registration_id }) => mcp_client_registration_id}
              columns={buildConnectionColumns((connection) => askToRevoke([connection], afterwards))}
            />
          )}
        </Loaded>
      </Section>
      <Section title={t.tokens}>
        <Tokens load={tokens} />
      </Section>
    </>
  );
}

function askToRevokeAll(person: Person, afterwards: () => Promise<void>): void {
  const { people: t, connections } = texts.value;
  askToConfirm({
    title: t.revokeAllTitle(nameOf(person)),
    text: connections.revokeText,
    confirm: connections.revoke,
    isDanger: true,
    perform: async () => {
      await perform("revoke_mcp_server_user_tokens", {
        p_mcp_server_user_id: person.mcp_server_user_id,
      }, ["revoked"]);
      await afterwards();
    },
    done: t.revokedAll(nameOf(person)),
  });
}

function Tokens({ load }: { load: Load<Row<"mcp_upstream_tokens">[]> }): JSX.Element {
  const { people: t } = texts.value;
  return (
    <Loaded load={load} isEmpty={(rows) => rows.length === 0} empty={t.noTokens}>
      {(rows) => (
        <Table
          caption={t.tokens}
          rows={rows}
          rowKey={({ upstream_token_id }) => upstream_token_id}
          columns={[
            { title: t.provider, cell: ({ provider, oauth_config_id }) => provider ?? oauth_config_id },
            { title: t.obtained, cell: ({ obtained_at }) => <Time at={obtained_at} relative /> },
            { title: t.renewed, cell: ({ renewed_at }) => <Time at={renewed_at} relative /> },
            {
              title: t.state,
              cell: ({ ended_at, refused_at, reason }) =>
                ended_at !== null
                  ? (
                    <>
                      <span class="badge">{t.tokenEnded}</span> <Time at={ended_at} relative />{" "}
                      <Reason reason={reason} />
                    </>
                  )
                  : refused_at !== null
                  ? (
                    <>
                      <span class="badge bad">{t.tokenRefused}</span> <Time at={refused_at} relative />
                    </>
                  )
                  : <span class="badge good">{t.tokenGood}</span>,
            },
          ]}
        />
      )}
    </Loaded>
  );
}

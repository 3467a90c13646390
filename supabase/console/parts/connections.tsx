/**
 * Connections in a list, and the end of some of them.
 *
 * @module
 */

import { perform, type Row } from "../data/client.ts";
import { mayManage } from "../data/organizations.ts";
import { texts } from "../texts/texts.ts";
import { askToConfirm } from "./dialog.tsx";
import { nameOf, toVisible } from "./foreign.tsx";
import { ClientLink } from "./person.tsx";
import type { Column } from "./table.tsx";
import { Time } from "./time.tsx";
import { say } from "./toasts.tsx";

/** A person with a client at a server. */
export type Connection = Row<"mcp_connections">;

/** What a connection is called in a sentence. */
export function titleOf(connection: Connection): string {
  const { connections: t } = texts.value;
  const { client_name, client_id, server } = connection;
  return t.what(nameOf(connection), toVisible(client_name ?? client_id), server);
}

/** The columns of connections; the button that ends one for those who may. */
export function buildConnectionColumns(revoke: (connection: Connection) => void): Column<Connection>[] {
  const { connections: t, common } = texts.value;
  const shown: Column<Connection>[] = [
    { title: t.client, cell: (connection) => <ClientLink client={connection} /> },
    { title: t.server, cell: ({ server }) => server },
    {
      title: t.scopes,
      cell: ({ scopes }) =>
        (scopes ?? []).length === 0 ? <span class="soft">{t.noScopes}</span> : scopes!.join(" "),
    },
    { title: t.since, cell: ({ first_used_at }) => <Time at={first_used_at} relative /> },
    { title: t.lastLogin, cell: ({ last_login_at }) => <Time at={last_login_at} relative /> },
    { title: t.lastUsed, cell: ({ last_used_at }) => <Time at={last_used_at} relative /> },
  ];
  return !mayManage.value ? shown : [...shown, {
    title: common.actions,
    isActions: true,
    cell: (connection) => (
      <button
        type="button"
        aria-label={`${t.revoke}: ${titleOf(connection)}`}
        onClick={() => revoke(connection)}
      >
        {t.revoke}
      </button>
    ),
  }];
}

/** Asks, and ends connections one after the other. What was ended before a failure stays so, and is said. */
export function askToRevoke(connections: readonly Connection[], afterwards: () => Promise<void>): void {
  const { connections: t } = texts.value;
  const [first] = connections;
  const isOne = connections.length === 1;
  askToConfirm({
    title: isOne ? t.revokeOneTitle(titleOf(first!)) : t.revokeTitle(connections.length),
    text: t.revokeText,
    confirm: t.revoke,
    isDanger: true,
    perform: async () => {
      let done = 0;
      try {
        for (const { mcp_server_user_id, mcp_client_registration_id } of connections) {
          // A person or a client that is gone meanwhile has no connection any more.
          await perform("revoke_mcp_connection", {
            p_mcp_server_user_id: mcp_server_user_id,
            p_mcp_client_registration_id: mcp_client_registration_id,
          }, ["revoked", "unknown_connection"]);
          done++;
        }
      } catch (error) {
        if (done > 0) {
          say(t.revoked(done));
        }
        throw error;
      } finally {
        await afterwards();
      }
    },
    done: t.revoked(connections.length),
  });
}

/**
 * Who is connected to which server with which client, and the end of it: one, some or all.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { database, perform } from "../data/client.ts";
import { mayManage, organization } from "../data/organizations.ts";
import { usePage } from "../data/paging.ts";
import { askToRevoke, buildConnectionColumns, type Connection, titleOf } from "../parts/connections.tsx";
import { askToConfirm } from "../parts/dialog.tsx";
import { describeFilters, Filters, isFiltered, readFilter, toSearch } from "../parts/filters.tsx";
import { TextField } from "../parts/form.tsx";
import { Page } from "../parts/page.tsx";
import { PersonBadges, PersonLink } from "../parts/person.tsx";
import { ServerField, useServers } from "../parts/servers.tsx";
import { type Column, PagedTable } from "../parts/table.tsx";
import { texts } from "../texts/texts.ts";

const FILTERS = ["person", "client", "server"] as const;

/** The page. */
export function ConnectionsPage(): JSX.Element {
  const { connections: t, common } = texts.value;
  const { id } = organization.value!;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const servers = useServers();
  const load = usePage<Connection>(
    `connections ${id} ${describeFilters(FILTERS)}`,
    () => findConnections(id),
    { column: "last_login_at", key: ["mcp_server_user_id", "mcp_client_registration_id"] },
  );
  const shown = load.value?.rows ?? [];
  const selected = shown.filter((connection) => chosen.has(keyOf(connection)));
  const afterwards = async (): Promise<void> => {
    setChosen(new Set());
    await load.reload();
  };
  const serverId = readFilter("server");
  const slug = servers.find(({ mcp_server_id }) => mcp_server_id === serverId)?.slug;
  return (
    <Page title={t.title} intro={t.intro}>
      <Filters names={FILTERS}>
        <TextField name="person" type="search" label={t.person} hint={t.personHint} spellcheck={false} />
        <TextField name="client" type="search" label={t.client} hint={t.clientHint} spellcheck={false} />
        <ServerField servers={servers} />
      </Filters>
      {mayManage.value && shown.length > 0 && (
        <div class="buttons above">
          <button
            type="button"
            onClick={() => setChosen(new Set(selected.length === shown.length ? [] : shown.map(keyOf)))}
          >
            {selected.length === shown.length ? t.chooseNone : t.chooseAll}
          </button>
          {selected.length > 0 && (
            <button
              type="button"
              class="danger"
              onClick={() => askToRevoke(selected, afterwards)}
            >
              {t.revokeChosen(selected.length)}
            </button>
          )}
          {slug !== undefined && (
            <button
              type="button"
              onClick={() => askToRevokeServer(serverId!, slug, afterwards)}
            >
              {t.revokeServer(slug)}
            </button>
          )}
          {!isFiltered(FILTERS) && (
            <button type="button" onClick={() => askToRevokeAll(afterwards)}>{t.revokeAll}</button>
          )}
        </div>
      )}
      <PagedTable
        caption={t.title}
        load={load}
        columns={buildColumns({
          isChosen: (connection) => chosen.has(keyOf(connection)),
          choose: (connection) => setChosen(toggle(chosen, keyOf(connection))),
          afterwards,
        })}
        rowKey={keyOf}
        empty={isFiltered(FILTERS) ? common.nothingFound : t.none}
      />
    </Page>
  );
}

function keyOf({ mcp_server_user_id, mcp_client_registration_id }: Connection): string {
  return `${mcp_server_user_id} ${mcp_client_registration_id}`;
}

function toggle(set: ReadonlySet<string>, key: string): Set<string> {
  return set.has(key) ? new Set([...set].filter((other) => other !== key)) : new Set([...set, key]);
}

function buildColumns({ isChosen, choose, afterwards }: {
  isChosen: (connection: Connection) => boolean;
  choose: (connection: Connection) => void;
  afterwards: () => Promise<void>;
}): Column<Connection>[] {
  const { connections: t } = texts.value;
  const choice: Column<Connection> = {
    title: t.choose,
    isActions: true,
    cell: (connection) => (
      <input
        type="checkbox"
        aria-label={`${t.choose}: ${titleOf(connection)}`}
        checked={isChosen(connection)}
        onChange={() => choose(connection)}
      />
    ),
  };
  return [
    ...(mayManage.value ? [choice] : []),
    {
      title: t.person,
      isHeader: true,
      cell: (connection) => (
        <>
          <PersonLink person={connection} /> <PersonBadges person={connection} />
        </>
      ),
    },
    ...buildConnectionColumns((connection) => askToRevoke([connection], afterwards)),
  ];
}

function askToRevokeServer(serverId: string, slug: string, afterwards: () => Promise<void>): void {
  const { connections: t } = texts.value;
  askToConfirm({
    title: t.revokeServerTitle(slug),
    text: t.revokeText,
    confirm: t.revoke,
    isDanger: true,
    typed: slug,
    perform: async () => {
      await perform("revoke_mcp_server_connections", { p_mcp_server_id: serverId }, ["revoked"]);
      await afterwards();
    },
    done: t.revokedServer(slug),
  });
}

function askToRevokeAll(afterwards: () => Promise<void>): void {
  const { connections: t } = texts.value;
  const { id, name } = organization.value!;
  askToConfirm({
    title: t.revokeAllTitle(name),
    text: t.revokeText,
    confirm: t.revoke,
    isDanger: true,
    typed: name,
    perform: async () => {
      await perform("revoke_organization_connections", { p_organization_id: id }, ["revoked"]);
      await afterwards();
    },
    done: t.revokedAll(name),
  });
}

function findConnections(organizationId: string): unknown {
  const [person, client, server] = FILTERS.map(readFilter);
  let query = database.from("mcp_connections").select("*").eq("organization_id", organizationId);
  if (server !== undefined) {
    query = query.eq("mcp_server_id", server);
  }
  if (person?.startsWith("mcpu_")) {
    query = query.eq("mcp_server_user_id", person);
  } else if (person !== undefined) {
    query = query.or(toSearch(person, { within: ["email", "name"] }));
  }
  if (client !== undefined) {
    query = query.or(
      toSearch(client, { within: ["client_name"], exactly: ["client_id", "mcp_client_registration_id"] }),
    );
  }
  return query;
}

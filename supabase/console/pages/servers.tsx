/**
 * The MCP servers of an organization.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { mayManage, organization } from "../data/organizations.ts";
import type { Server } from "../data/server_settings.ts";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import { texts } from "../texts/texts.ts";

/** The page. */
export function ServersPage(): JSX.Element {
  const { servers: t } = texts.value;
  const { id } = organization.value!;
  const load = useLoad(
    `servers ${id}`,
    () => readRows(database.from("mcp_server_settings").select("*").eq("organization_id", id).order("slug")),
  );
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={mayManage.value && <Link to={`/${id}/servers/new`} class="button primary">{t.new}</Link>}
    >
      <Loaded load={load} isEmpty={(rows) => rows.length === 0} empty={t.none}>
        {(rows) => (
          <Table
            caption={t.title}
            rows={rows}
            rowKey={({ mcp_server_id }) => String(mcp_server_id)}
            columns={[
              {
                title: t.slug,
                cell: ({ mcp_server_id, slug }) => <Link to={`/${id}/servers/${mcp_server_id}`}>{slug}</Link>,
              },
              { title: t.name, cell: ({ name }) => name },
              {
                title: t.signIn,
                cell: ({ provider, oauth_config_id, auth_type }) =>
                  auth_type === "custom_oauth"
                    ? <Link to={`/${id}/providers/${oauth_config_id}`}>{provider}</Link>
                    : auth_type === "none"
                    ? t.noSignIn
                    : t.platformSignIn,
              },
              { title: t.forwardsTo, cell: ({ upstream_url }) => upstream_url ?? t.standsAlone },
              { title: t.state, cell: (server) => <ServerState server={server} /> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}

/** Whether it is on. */
export function ServerState(
  { server: { disabled_at } }: { server: Pick<Server, "disabled_at"> },
): JSX.Element {
  const { servers: t } = texts.value;
  return disabled_at === null
    ? <span class="badge good">{t.on}</span>
    : <span class="badge warn">{t.disabled}</span>;
}

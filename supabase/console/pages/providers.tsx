/**
 * The providers of an organization, and which servers use them.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { mayManage, organization } from "../data/organizations.ts";
import type { Provider } from "../data/provider_draft.ts";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import { texts } from "../texts/texts.ts";

/** The page. */
export function ProvidersPage(): JSX.Element {
  const { providers: t } = texts.value;
  const { id } = organization.value!;
  const load = useLoad(
    `providers ${id}`,
    () => readRows(database.from("mcp_providers").select("*").eq("organization_id", id).order("name")),
  );
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={mayManage.value && <Link to={`/${id}/providers/new`} class="button primary">{t.new}</Link>}
    >
      <Loaded load={load} isEmpty={(rows) => rows.length === 0} empty={t.none}>
        {(rows) => (
          <Table
            caption={t.title}
            rows={rows}
            rowKey={({ oauth_config_id }) => String(oauth_config_id)}
            columns={[
              {
                title: t.name,
                cell: ({ oauth_config_id, name }) => (
                  <Link to={`/${id}/providers/${oauth_config_id}`}>{name}</Link>
                ),
              },
              { title: t.issuer, cell: ({ issuer, token_endpoint }) => issuer ?? token_endpoint },
              { title: t.usedBy, cell: ({ servers }) => servers?.join(", ") || t.usedByNone },
              { title: t.state, cell: (provider) => <ProviderState provider={provider} /> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}

/** Whether people can log in with it, as far as is known. */
export function ProviderState(
  { provider: { disabled_at, refused_at } }: { provider: Pick<Provider, "disabled_at" | "refused_at"> },
): JSX.Element {
  const { providers: t } = texts.value;
  if (disabled_at !== null) {
    return <span class="badge warn">{t.disabled}</span>;
  }
  return refused_at !== null
    ? <span class="badge bad">{t.refuses}</span>
    : <span class="badge good">{t.inUse}</span>;
}

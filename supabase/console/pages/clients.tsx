/**
 * The MCP clients of an organization: which there are, one that is made by hand, and the end of one.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { database, perform, type Row } from "../data/client.ts";
import { mayManage, organization } from "../data/organizations.ts";
import { usePage } from "../data/paging.ts";
import { Copy } from "../parts/copy.tsx";
import { askToConfirm, Dialog } from "../parts/dialog.tsx";
import { describeFilters, Filters, isFiltered, readFilter, toSearch } from "../parts/filters.tsx";
import { Foreign, toVisible } from "../parts/foreign.tsx";
import { CheckField, Form, SelectField, TextArea, TextField } from "../parts/form.tsx";
import { Link } from "../parts/link.tsx";
import { Page } from "../parts/page.tsx";
import { ServerField, useServers } from "../parts/servers.tsx";
import { type Column, PagedTable } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { texts, toNumber } from "../texts/texts.ts";

const FILTERS = ["search", "server", "kind"] as const;
const KINDS = ["preregistered", "dynamic", "metadata_document"] as const;

type Client = Row<"mcp_clients">;

/** The page. */
export function ClientsPage(): JSX.Element {
  const { clients: t, common } = texts.value;
  const { id } = organization.value!;
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<Made>();
  const servers = useServers();
  const load = usePage<Client>(`clients ${id} ${describeFilters(FILTERS)}`, () => findClients(id), {
    column: "created_at",
    key: "mcp_client_registration_id",
  });
  const withSignIn = servers.filter(({ auth_type }) => auth_type !== "none");
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={mayManage.value && withSignIn.length > 0 && (
        <button
          type="button"
          class="primary"
          onClick={() => setMaking(true)}
        >
          {t.make}
        </button>
      )}
    >
      {made !== undefined && <MadeClient made={made} onClose={() => setMade(undefined)} />}
      <Filters names={FILTERS}>
        <TextField name="search" type="search" label={t.search} hint={t.searchHint} spellcheck={false} />
        <ServerField servers={servers} />
        <SelectField
          name="kind"
          label={t.kind}
          selected={readFilter("kind") ?? ""}
          options={[["", t.anyKind], ...KINDS.map((kind) => [kind, t.kinds[kind]] as const)]}
        />
      </Filters>
      <PagedTable
        caption={t.title}
        load={load}
        columns={buildColumns(load.reload)}
        rowKey={({ mcp_client_registration_id }) => mcp_client_registration_id}
        empty={isFiltered(FILTERS) ? common.nothingFound : t.none}
      />
      {isMaking && (
        <MakeDialog
          servers={withSignIn.map(({ mcp_server_id, slug }) => [mcp_server_id, slug] as const)}
          onMade={async (client) => {
            setMade(client);
            setMaking(false);
            await load.reload();
          }}
          onClose={() => setMaking(false)}
        />
      )}
    </Page>
  );
}

function titleOf({ client_name, client_id }: Client): string {
  return toVisible(client_name ?? client_id);
}

function buildColumns(reload: () => Promise<void>): Column<Client>[] {
  const { clients: t, connections, common } = texts.value;
  const shown: Column<Client>[] = [
    { title: t.name, cell: (client) => <Description client={client} /> },
    { title: connections.server, cell: ({ server }) => server },
    {
      title: t.kind,
      cell: ({ kind }) => Object.hasOwn(t.kinds, kind) ? t.kinds[kind as keyof typeof t.kinds] : kind,
    },
    {
      title: t.logins,
      isNumber: true,
      cell: ({ logins, mcp_client_registration_id }) => (
        <Link to={`/${organization.value!.id}/connections`} query={{ client: mcp_client_registration_id }}>
          {toNumber(logins ?? 0)}
        </Link>
      ),
    },
    { title: t.made, cell: ({ created_at }) => <Time at={created_at} relative /> },
    { title: t.lastUsed, cell: ({ last_used_at }) => <Time at={last_used_at} relative /> },
  ];
  return mayManage.value
    ? [...shown, {
      title: common.actions,
      isActions: true,
      cell: (client) => <Actions client={client} reload={reload} />,
    }]
    : shown;
}

/** A client's name, and what else is known of it. */
function Description({ client }: { client: Client }): JSX.Element {
  const { clients: t } = texts.value;
  return (
    <>
      <Foreign text={client.client_name ?? client.client_id} />
      <details>
        <summary>
          {t.more}
          <span class="hidden">: {titleOf(client)}</span>
        </summary>
        <dl>
          <div>
            <dt>{t.id}</dt>
            <dd>
              <Copy text={client.client_id} label={t.id} />
            </dd>
          </div>
          <div>
            <dt>{t.redirectUris}</dt>
            <dd>
              <ul>
                {client.redirect_uris.map((uri) => (
                  <li key={uri}>
                    <code>
                      <Foreign text={uri} />
                    </code>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
          <div>
            <dt>{t.authentication}</dt>
            <dd>
              <code>{client.token_endpoint_auth_method}</code>
            </dd>
          </div>
          {client.expires_at !== null && (
            <div>
              <dt>{t.forgotten}</dt>
              <dd>
                <Time at={client.expires_at} relative />
              </dd>
            </div>
          )}
        </dl>
      </details>
    </>
  );
}

function Actions({ client, reload }: { client: Client; reload: () => Promise<void> }): JSX.Element {
  const { clients: t } = texts.value;
  const title = titleOf(client);
  const id = client.mcp_client_registration_id;
  return (
    <div class="buttons">
      {(client.logins ?? 0) > 0 && (
        <button
          type="button"
          aria-label={`${t.revoke}: ${title}`}
          onClick={() =>
            askToConfirm({
              title: t.revokeTitle(title),
              text: t.revokeText,
              confirm: t.revoke,
              isDanger: true,
              perform: async () => {
                await perform("revoke_mcp_client_connections", { p_mcp_client_registration_id: id }, [
                  "revoked",
                ]);
                await reload();
              },
              done: t.revoked(title),
            })}
        >
          {t.revoke}
        </button>
      )}
      <button
        type="button"
        aria-label={`${t.delete}: ${title}`}
        onClick={() =>
          askToConfirm({
            title: t.deleteTitle(title),
            text: client.kind === "preregistered" ? t.deleteText : t.deleteRegisteredText,
            confirm: t.delete,
            isDanger: true,
            perform: async () => {
              await perform("delete_mcp_client", { p_id: id }, ["deleted"]);
              await reload();
            },
            done: t.deleted(title),
          })}
      >
        {t.delete}
      </button>
    </div>
  );
}

/** What a client that was made is given: its secret is shown this once. */
interface Made {
  name: string;
  clientId: string;
  clientSecret: string | null;
}

/** The credentials of a client. They stand in the page and not in a dialog, which Escape would close for good. */
function MadeClient({ made, onClose }: { made: Made; onClose: () => void }): JSX.Element {
  const { clients: t, common } = texts.value;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [made]);
  return (
    <section class="made">
      <h2 ref={heading} tabIndex={-1}>{t.madeTitle(made.name)}</h2>
      <dl>
        <div>
          <dt>{t.id}</dt>
          <dd>
            <Copy text={made.clientId} label={t.id} />
          </dd>
        </div>
        {made.clientSecret !== null && (
          <div>
            <dt>{t.secret}</dt>
            <dd>
              <Copy text={made.clientSecret} label={t.secret} />
            </dd>
          </div>
        )}
      </dl>
      <p>{made.clientSecret === null ? t.noSecret : t.secretOnce}</p>
      <button type="button" class="primary" onClick={onClose}>{common.close}</button>
    </section>
  );
}

function MakeDialog({ servers, onMade, onClose }: {
  servers: readonly (readonly [id: string, slug: string])[];
  onMade: (made: Made) => Promise<void>;
  onClose: () => void;
}): JSX.Element {
  const { clients: t, connections } = texts.value;
  return (
    <Dialog title={t.make} onClose={onClose}>
      <Form
        submit={t.make}
        onCancel={onClose}
        onSubmit={async (values) => {
          const name = values["name"] ?? "";
          const answer = await perform("create_mcp_client", {
            p_mcp_server_id: values["mcp_server_id"] ?? "",
            p_name: name,
            p_redirect_uris: (values["redirect_uris"] ?? "").split(/\s+/).filter(Boolean),
            p_confidential: values["confidential"] === "on",
          }, ["created"]);
          await onMade({ name, clientId: answer.client_id!, clientSecret: answer.client_secret });
        }}
      >
        <SelectField name="mcp_server_id" label={connections.server} options={servers} />
        <TextField name="name" label={t.name} hint={t.nameHint} required autoComplete="off" />
        <TextArea
          name="redirect_uris"
          label={t.redirectUris}
          hint={t.redirectUrisHint}
          rows={3}
          required
          spellcheck={false}
        />
        <CheckField name="confidential" label={t.confidential} hint={t.confidentialHint} isChecked />
      </Form>
    </Dialog>
  );
}

function findClients(organizationId: string): unknown {
  const [search, server, kind] = FILTERS.map(readFilter);
  let query = database.from("mcp_clients").select("*").eq("organization_id", organizationId);
  if (server !== undefined) {
    query = query.eq("mcp_server_id", server);
  }
  if (kind !== undefined) {
    query = query.eq("kind", kind);
  }
  if (search !== undefined) {
    query = query.or(
      toSearch(search, { within: ["client_name"], exactly: ["client_id", "mcp_client_registration_id"] }),
    );
  }
  return query;
}

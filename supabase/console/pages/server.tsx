/**
 * A server: its URL for people, who came last, its settings, its scope rules and its end.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { database, perform, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { mayManage, organization } from "../data/organizations.ts";
import type { Server } from "../data/server_settings.ts";
import { ActionButton } from "../parts/action.tsx";
import { askToConfirm } from "../parts/dialog.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page, Section } from "../parts/page.tsx";
import { ClientGuide } from "../parts/server/client_guide.tsx";
import { LatestLogins } from "../parts/server/latest_logins.tsx";
import { ScopeRules } from "../parts/server/scope_rules.tsx";
import { ReadOnlyServer, ServerSettings, TokenDialog } from "../parts/server/settings.tsx";
import { say } from "../parts/toasts.tsx";
import { goTo } from "../router.ts";
import type { PageParameters } from "../routes.ts";
import { texts, toTime } from "../texts/texts.ts";
import { ServerState } from "./servers.tsx";

/** The page. */
export function ServerPage({ parameters }: PageParameters): JSX.Element {
  const { servers: t, errors } = texts.value;
  const { id: organizationId } = organization.value!;
  const id = parameters["server"]!;
  const load = useLoad(`server ${id}`, async () => {
    const query = database.from("mcp_server_settings").select("*").eq("organization_id", organizationId);
    return (await readRows(query.eq("mcp_server_id", id))).at(0) ?? null;
  });
  return (
    <Page title={load.value?.name ?? t.server} actions={load.value && <ServerState server={load.value} />}>
      <Loaded load={load}>
        {(server) =>
          server === null ? <p>{errors.notFound}</p> : <ServerParts server={server} reload={load.reload} />}
      </Loaded>
    </Page>
  );
}

/** What a part of the page works on. */
interface PartProps {
  server: Server;
  reload: () => Promise<void>;
}

function ServerParts({ server, reload }: PartProps): JSX.Element {
  const { servers: t } = texts.value;
  const { disabled_at } = server;
  const [token, setToken] = useState<string>();
  return (
    <>
      {disabled_at !== null && <p class="notice">{t.disabledSince(toTime(disabled_at!))}</p>}
      <ClientGuide server={server} />
      <LatestLogins server={server} />
      <Section title={t.settings}>
        {mayManage.value
          ? <ServerSettings key={toSettingsKey(server)} server={server} reload={reload} onToken={setToken} />
          : <ReadOnlyServer server={server} />}
      </Section>
      <ScopeRules key={toRulesKey(server)} server={server} reload={reload} />
      {mayManage.value && <Ending server={server} reload={reload} />}
      {token !== undefined && <TokenDialog token={token} onClose={() => setToken(undefined)} />}
    </>
  );
}

/** A form begins anew where what it shows was saved, and keeps what is written where something else was. */
function toSettingsKey(server: Server): string {
  return JSON.stringify({ ...server, scope_rules: 0, scope_hierarchy: 0, updated_at: 0, disabled_at: 0 });
}

function toRulesKey({ scope_rules, scope_hierarchy, required_scopes, scopes_supported }: Server): string {
  return JSON.stringify([scope_rules, scope_hierarchy, required_scopes, scopes_supported]);
}

/** Ending all connections, turning it off and on, and deleting it. */
function Ending({ server, reload }: PartProps): JSX.Element {
  const { servers: t } = texts.value;
  const { mcp_server_id, disabled_at, auth_type } = server;
  const id = mcp_server_id!;
  const slug = server.slug!;
  return (
    <Section title={t.ending}>
      <div class="buttons">
        {auth_type !== "none" && (
          <button
            type="button"
            onClick={() =>
              askToConfirm({
                title: t.revokeTitle(slug),
                text: t.revokeText,
                confirm: t.revoke,
                isDanger: true,
                typed: slug,
                perform: async () => {
                  await perform("revoke_mcp_server_connections", { p_mcp_server_id: id }, ["revoked"]);
                  await reload();
                },
                done: t.revoked(slug),
              })}
          >
            {t.revoke}
          </button>
        )}
        <DisableButton server={server} reload={reload} />
        <button
          type="button"
          class="danger"
          onClick={() =>
            askToConfirm({
              title: t.deleteTitle(slug),
              text: t.deleteText,
              confirm: t.delete,
              isDanger: true,
              typed: slug,
              perform: async () => {
                await perform("delete_mcp_server", { p_id: id }, ["deleted"]);
                goTo(`/${organization.value!.id}/servers`, {}, { replace: true });
              },
              done: t.deleted(slug),
            })}
        >
          {t.delete}
        </button>
      </div>
      {disabled_at === null && <p class="soft">{t.endingText}</p>}
    </Section>
  );
}

function DisableButton({ server, reload }: PartProps): JSX.Element {
  const { servers: t } = texts.value;
  const slug = server.slug!;
  const setDisabled = async (isDisabled: boolean): Promise<void> => {
    await perform("save_mcp_server", { p_id: server.mcp_server_id!, p_disabled: isDisabled }, ["saved"]);
    await reload();
  };
  if (server.disabled_at !== null) {
    return (
      <ActionButton
        text={t.enable}
        perform={async () => {
          await setDisabled(false);
          say(t.isEnabled(slug));
        }}
      />
    );
  }
  return (
    <button
      type="button"
      onClick={() =>
        askToConfirm({
          title: t.disableTitle(slug),
          text: t.disableText,
          confirm: t.disable,
          perform: () => setDisabled(true),
          done: t.isDisabled(slug),
        })}
    >
      {t.disable}
    </button>
  );
}

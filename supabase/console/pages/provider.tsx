/**
 * A provider: how it is, who uses it, its settings, its secret, its issuer and its end.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { database, perform, readCount, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { mayManage, organization } from "../data/organizations.ts";
import { useProviderCheck } from "../data/provider_check.ts";
import type { Provider } from "../data/provider_draft.ts";
import { ActionButton } from "../parts/action.tsx";
import { askToConfirm } from "../parts/dialog.tsx";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page, Section } from "../parts/page.tsx";
import { CheckSummary } from "../parts/provider/check_results.tsx";
import { MoveIssuer } from "../parts/provider/move_issuer.tsx";
import { RedirectUri } from "../parts/provider/redirect_uri.tsx";
import { RotateSecret } from "../parts/provider/rotate_secret.tsx";
import { ProviderSettings, ReadOnlySettings } from "../parts/provider/settings.tsx";
import { say } from "../parts/toasts.tsx";
import { address, changeQuery, goTo } from "../router.ts";
import type { PageParameters } from "../routes.ts";
import { texts, toTime } from "../texts/texts.ts";
import { ProviderState } from "./providers.tsx";

/** The page. */
export function ProviderPage({ parameters }: PageParameters): JSX.Element {
  const { providers: t, errors } = texts.value;
  const { id: organizationId } = organization.value!;
  const id = parameters["provider"]!;
  const load = useLoad(`provider ${id}`, async () => {
    const query = database.from("mcp_providers").select("*").eq("organization_id", organizationId);
    return (await readRows(query.eq("oauth_config_id", id))).at(0) ?? null;
  });
  return (
    <Page
      title={load.value?.name ?? t.provider}
      actions={load.value && <ProviderState provider={load.value} />}
    >
      <Loaded load={load}>
        {(provider) =>
          provider === null
            ? <p>{errors.notFound}</p>
            : <ProviderParts provider={provider} reload={load.reload} />}
      </Loaded>
    </Page>
  );
}

/** What a part of the page works on. */
interface PartProps {
  provider: Provider;
  reload: () => Promise<void>;
}

function ProviderParts({ provider, reload }: PartProps): JSX.Element {
  const { providers: t } = texts.value;
  const { refused_at, refused_reason, disabled_at } = provider;
  return (
    <>
      {refused_at !== null && (
        <p class="notice bad">
          {t.refusesSince(toTime(refused_at!))} <code>{refused_reason}</code>
        </p>
      )}
      {disabled_at !== null && <p class="notice">{t.disabledSince(toTime(disabled_at!))}</p>}
      <RedirectUri checks={undefined} />
      <Usage provider={provider} />
      {mayManage.value && <StoredCheck provider={provider} />}
      <Section title={t.settings}>
        {mayManage.value
          ? <ProviderSettings key={toSettingsKey(provider)} provider={provider} reload={reload} />
          : <ReadOnlySettings provider={provider} />}
      </Section>
      {mayManage.value && (
        <>
          {provider.token_endpoint_auth_method !== "none" && (
            <RotateSecret provider={provider} reload={reload} />
          )}
          {provider.issuer !== null && <MoveIssuer provider={provider} reload={reload} />}
          <Ending provider={provider} reload={reload} />
        </>
      )}
    </>
  );
}

/** The form begins anew where what it shows was saved, and keeps what is written where something else was. */
function toSettingsKey(provider: Provider): string {
  return JSON.stringify({
    ...provider,
    servers: 0,
    refused_at: 0,
    refused_reason: 0,
    updated_at: 0,
    disabled_at: 0,
  });
}

/** The servers that use it, and the logins that it holds. */
function Usage({ provider: { oauth_config_id, organization_id } }: { provider: Provider }): JSX.Element {
  const { providers: t } = texts.value;
  const load = useLoad(`usage ${oauth_config_id}`, async () => {
    const [servers, logins] = await Promise.all([
      readRows(
        database.from("mcp_server_settings").select("mcp_server_id,slug,name").eq(
          "oauth_config_id",
          oauth_config_id!,
        )
          .order("slug"),
      ),
      readCount(
        database.from("mcp_upstream_tokens").select("upstream_token_id", { count: "exact", head: true })
          .eq("oauth_config_id", oauth_config_id!).is("ended_at", null),
      ),
    ]);
    return { servers, logins };
  });
  return (
    <Section title={t.usedBy}>
      <Loaded load={load}>
        {({ servers, logins }) => (
          <>
            {servers.length === 0 ? <p>{t.usedByNone}</p> : (
              <ul class="cards">
                {servers.map(({ mcp_server_id, slug, name }) => (
                  <li key={mcp_server_id}>
                    <Link to={`/${organization_id}/servers/${mcp_server_id}`}>{slug}</Link>{" "}
                    <span class="soft">{name}</span>
                  </li>
                ))}
              </ul>
            )}
            <p class="soft">{t.logins(logins)}</p>
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** The doctor on the provider as it is saved, with its stored secret. Whoever has just made it sees it at once. */
function StoredCheck({ provider: { oauth_config_id } }: { provider: Provider }): JSX.Element {
  const { providers: t } = texts.value;
  const check = useProviderCheck(undefined);
  const isAsked = address.value.query.has("check");
  useEffect(() => {
    if (isAsked) {
      changeQuery({ check: undefined });
      void check.run({ id: oauth_config_id! });
    }
  }, [isAsked]);
  return (
    <Section title={t.checks}>
      <p>{t.checkText}</p>
      <p>
        <ActionButton text={t.checkNow} perform={() => check.run({ id: oauth_config_id! })} />
      </p>
      <CheckSummary check={check} isOpen />
    </Section>
  );
}

/** Turning it off and on, and deleting it. */
function Ending({ provider, reload }: PartProps): JSX.Element {
  const { providers: t } = texts.value;
  const { oauth_config_id, organization_id, disabled_at } = provider;
  const name = provider.name!;
  const setDisabled = async (isDisabled: boolean): Promise<void> => {
    await perform("save_oauth_config", { p_id: oauth_config_id!, p_disabled: isDisabled }, ["saved"]);
    await reload();
  };
  return (
    <Section title={t.ending}>
      <div class="buttons">
        {disabled_at === null
          ? (
            <button
              type="button"
              onClick={() =>
                askToConfirm({
                  title: t.disableTitle(name),
                  text: t.disableText,
                  confirm: t.disable,
                  perform: () => setDisabled(true),
                  done: t.isDisabled(name),
                })}
            >
              {t.disable}
            </button>
          )
          : (
            <ActionButton
              text={t.enable}
              perform={async () => {
                await setDisabled(false);
                say(t.isEnabled(name));
              }}
            />
          )}
        {provider.servers?.length === 0 && (
          <button
            type="button"
            class="danger"
            onClick={() =>
              askToConfirm({
                title: t.deleteTitle(name),
                text: t.deleteText,
                confirm: t.delete,
                isDanger: true,
                typed: name,
                perform: async () => {
                  await perform("delete_oauth_config", { p_id: oauth_config_id! }, ["deleted"]);
                  goTo(`/${organization_id}/providers`, {}, { replace: true });
                },
                done: t.deleted(name),
              })}
          >
            {t.delete}
          </button>
        )}
      </div>
      {provider.servers?.length !== 0 && <p class="soft">{t.cannotDelete}</p>}
    </Section>
  );
}

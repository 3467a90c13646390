/**
 * The settings of a server that there is: read by members, changed by owners and admins.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { perform } from "../../data/client.ts";
import {
  makeInitialAccessToken,
  type Server,
  showDescriptions,
  toServerArguments,
} from "../../data/server_settings.ts";
import { texts, toNumber } from "../../texts/texts.ts";
import { Copy } from "../copy.tsx";
import { Dialog } from "../dialog.tsx";
import { Facts } from "../facts.tsx";
import { CheckField, Form, type FormValues, SelectField, TextArea, TextField } from "../form.tsx";
import { say } from "../toasts.tsx";
import { PlaceFields, SignInField, SlugField } from "./fields.tsx";

/** The form. What is sent is what differs from the saved settings. */
export function ServerSettings(
  { server, reload, onToken }: {
    server: Server;
    reload: () => Promise<void>;
    /** Is given a new initial access token, to show it once. */
    onToken: (token: string) => void;
  },
): JSX.Element {
  const { servers: t, common } = texts.value;
  const [slug, setSlug] = useState(server.slug!);

  async function save(values: FormValues): Promise<void> {
    const args = toServerArguments(values, server);
    const made = values["new_token"] === "on" ? await makeInitialAccessToken() : undefined;
    if (Object.keys(args).length === 0 && made === undefined) {
      say(t.unchanged);
      return;
    }
    const token = made === undefined ? {} : { p_initial_access_token_hash: made.hash };
    await perform("save_mcp_server", { p_id: server.mcp_server_id!, ...args, ...token }, ["saved"]);
    say(t.saved(values["name"] ?? ""));
    if (made !== undefined) {
      onToken(made.token);
    }
    await reload();
  }

  return (
    <Form submit={common.save} onSubmit={save}>
      <TextField
        name="name"
        label={t.name}
        hint={t.nameHint}
        required
        maxLength={200}
        autoComplete="off"
        defaultValue={server.name!}
      />
      <SlugField value={slug} onInput={({ currentTarget }) => setSlug(currentTarget.value)} />
      <SignInField server={server} />
      <PlaceFields server={server} />
      <ScopeFields server={server} />
      <details class="more">
        <summary>{t.further}</summary>
        <LifetimeFields server={server} />
        <RegistrationFields server={server} />
        <DocumentFields server={server} />
        <RecordingFields server={server} />
      </details>
    </Form>
  );
}

function ScopeFields({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  return (
    <>
      <TextField
        name="scopes_supported"
        label={t.scopesSupported}
        hint={t.scopesSupportedHint}
        autoComplete="off"
        spellcheck={false}
        defaultValue={server.scopes_supported!.join(" ")}
      />
      <TextField
        name="required_scopes"
        label={t.requiredScopes}
        hint={t.requiredScopesHint}
        autoComplete="off"
        spellcheck={false}
        defaultValue={server.required_scopes!.join(" ")}
      />
      <TextArea
        name="scope_descriptions"
        label={t.scopeDescriptions}
        hint={t.scopeDescriptionsHint}
        rows={3}
        spellcheck={false}
        defaultValue={showDescriptions(server)}
      />
    </>
  );
}

function LifetimeFields({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  return (
    <>
      <TextField
        name="access_token_seconds"
        label={t.accessTokenSeconds}
        hint={t.accessTokenSecondsHint}
        type="number"
        inputMode="numeric"
        min={60}
        max={86_400}
        required
        defaultValue={String(server.access_token_seconds)}
      />
      <TextField
        name="refresh_token_seconds"
        label={t.refreshTokenSeconds}
        hint={t.refreshTokenSecondsHint}
        type="number"
        inputMode="numeric"
        min={300}
        max={31_536_000}
        required
        defaultValue={String(server.refresh_token_seconds)}
      />
    </>
  );
}

/** Who may register a client. */
function RegistrationFields({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const [policy, setPolicy] = useState(server.registration_policy!);
  return (
    <>
      <SelectField
        name="registration_policy"
        label={t.registrationPolicy}
        hint={t.registrationPolicyHint}
        options={Object.entries(t.registrationPolicies)}
        selected={policy}
        onChange={setPolicy}
      />
      {policy === "redirect_hosts" && (
        <TextField
          name="registration_redirect_hosts"
          label={t.redirectHosts}
          hint={t.redirectHostsHint}
          autoComplete="off"
          spellcheck={false}
          defaultValue={server.registration_redirect_hosts!.join(" ")}
        />
      )}
      {policy === "token" && (
        <CheckField
          name="new_token"
          label={t.newToken}
          hint={server.registration_policy === "token" ? t.newTokenEndsPresent : t.newTokenHint}
          isChecked={server.registration_policy !== "token"}
        />
      )}
    </>
  );
}

/** Who may be known by the URL of a description. */
function DocumentFields({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const [policy, setPolicy] = useState(server.metadata_document_policy!);
  return (
    <>
      <SelectField
        name="metadata_document_policy"
        label={t.documentPolicy}
        hint={t.documentPolicyHint}
        options={Object.entries(t.documentPolicies)}
        selected={policy}
        onChange={setPolicy}
      />
      {policy === "allow_list" && (
        <TextField
          name="metadata_document_hosts"
          label={t.documentHosts}
          hint={t.documentHostsHint}
          autoComplete="off"
          spellcheck={false}
          defaultValue={server.metadata_document_hosts!.join(" ")}
        />
      )}
    </>
  );
}

/** Whether calls are recorded with what they say. */
function RecordingFields({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  return (
    <>
      <SelectField
        name="record_payloads"
        label={t.recordPayloads}
        hint={t.recordPayloadsHint}
        options={Object.entries(t.recordedPayloads)}
        selected={server.record_payloads!}
      />
      <TextArea
        name="redacted_paths"
        label={t.redactedPaths}
        hint={t.redactedPathsHint}
        rows={3}
        spellcheck={false}
        defaultValue={server.redacted_paths!.join("\n")}
      />
    </>
  );
}

/** A new initial access token, shown once. */
export function TokenDialog({ token, onClose }: { token: string; onClose: () => void }): JSX.Element {
  const { servers: t, common } = texts.value;
  return (
    <Dialog title={t.tokenTitle} onClose={onClose}>
      <p>{t.tokenText}</p>
      <p>
        <Copy text={token} label={t.tokenTitle} />
      </p>
      <button type="button" onClick={onClose}>{common.close}</button>
    </Dialog>
  );
}

/** The settings, as a member reads them. */
export function ReadOnlyServer({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const named = (names: Readonly<Record<string, string>>, name: string | null | undefined): string =>
    names[name ?? ""] ?? "";
  return (
    <Facts
      facts={[
        [t.name, server.name!],
        [t.slug, server.slug!],
        [t.signIn, server.provider ?? (server.auth_type === "none" ? t.noSignIn : t.platformSignIn)],
        [t.upstreamUrl, server.upstream_url ?? ""],
        [
          t.upstreamAuthorization,
          server.upstream_url === null ? "" : named(t.upstreamAuthorizations, server.upstream_authorization),
        ],
        [t.resource, server.resource ?? ""],
        [t.scopesSupported, server.scopes_supported!.join(" ")],
        [t.requiredScopes, server.required_scopes!.join(" ")],
        [t.scopeDescriptions, listDescriptions(server)],
        [t.accessTokenSeconds, toNumber(server.access_token_seconds!)],
        [t.refreshTokenSeconds, toNumber(server.refresh_token_seconds!)],
        [t.registrationPolicy, named(t.registrationPolicies, server.registration_policy)],
        [t.redirectHosts, server.registration_redirect_hosts!.join(" ")],
        [t.documentPolicy, named(t.documentPolicies, server.metadata_document_policy)],
        [t.documentHosts, server.metadata_document_hosts!.join(" ")],
        [t.recordPayloads, named(t.recordedPayloads, server.record_payloads)],
        [t.redactedPaths, server.redacted_paths!.join(" ")],
      ]}
    />
  );
}

function listDescriptions(server: Server): JSX.Element | string {
  const lines = showDescriptions(server);
  return lines === "" ? "" : <>{lines.split("\n").map((line) => <div key={line}>{line}</div>)}</>;
}

/**
 * The fields of a provider's settings, each with what the doctor found about it.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Check } from "../../../../functions/_shared/upstream/doctor/findings.ts";
import { fieldOf } from "../../data/provider_check.ts";
import type { ProviderDraft } from "../../data/provider_draft.ts";
import { texts } from "../../texts/texts.ts";
import { CheckField, SelectField, TextArea, TextField } from "../form.tsx";
import { noteFor } from "./check_results.tsx";

/** What the fields work on. */
export interface ProviderFieldsProps {
  draft: ProviderDraft;
  change: (changes: Partial<ProviderDraft>) => void;
  checks: readonly Check[] | undefined;
}

type TextName = { [Name in keyof ProviderDraft]: ProviderDraft[Name] extends string ? Name : never }[
  keyof ProviderDraft
];

/** The fields that are needed rarely. */
const FURTHER: readonly string[] = [
  "token_endpoint_auth_method",
  "authorization_endpoint",
  "token_endpoint",
  "userinfo_endpoint",
  "jwks_uri",
  "revocation_endpoint",
  "emails_endpoint",
  "authorization_parameters",
  "identity_source",
  "subject_claim",
  "allowed_tenants",
  "account_prompt",
];

/** The name of the provider, and where it is. */
export function PlaceFields({ draft, change, checks }: ProviderFieldsProps): JSX.Element {
  const { providers: t } = texts.value;
  const field = (name: TextName): FieldValue => toField(draft, change, checks, name);
  return (
    <>
      <TextField {...field("name")} label={t.name} hint={t.nameHint} required maxLength={200} />
      <TextField
        {...field("issuer")}
        label={t.issuer}
        hint={t.issuerHint}
        inputMode="url"
        placeholder="https://login.example.com"
      />
    </>
  );
}

/**
 * The client that the provider knows. The secret is part of the draft once the
 * reader has left its field: nobody's half-typed secret is sent to a provider.
 */
export function ClientFields(
  { draft, change, checks, secret }: ProviderFieldsProps & { secret: "new" | "changed" },
): JSX.Element {
  const { providers: t } = texts.value;
  const [typed, setTyped] = useState(draft.client_secret);
  const field = (name: TextName): FieldValue => toField(draft, change, checks, name);
  return (
    <>
      <TextField {...field("client_id")} label={t.clientId} required />
      {draft.token_endpoint_auth_method !== "none" && (
        <TextField
          name="client_secret"
          type="password"
          label={t.clientSecret}
          hint={secret === "new" ? t.clientSecretHint : t.clientSecretKept}
          note={noteFor(checks, "client_secret")}
          autoComplete="new-password"
          spellcheck={false}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onBlur={({ currentTarget }) => change({ client_secret: currentTarget.value })}
        />
      )}
      <TextField {...field("scopes")} label={t.scopes} hint={t.scopesHint} />
    </>
  );
}

/** Everything else. It opens by itself where the doctor found something in it. */
export function FurtherFields({ draft, change, checks }: ProviderFieldsProps): JSX.Element {
  const { providers: t } = texts.value;
  const field = (name: TextName): FieldValue => toField(draft, change, checks, name);
  const url = (name: TextName, label: string): JSX.Element => (
    <TextField {...field(name)} label={label} inputMode="url" />
  );
  const hasProblem = (checks ?? []).some((check) =>
    (check.state === "failed" || check.state === "warning") && FURTHER.includes(fieldOf(check))
  );
  return (
    <details class="more" open={hasProblem}>
      <summary>{t.further}</summary>
      <SelectField
        name="token_endpoint_auth_method"
        label={t.authMethod}
        note={noteFor(checks, "token_endpoint_auth_method")}
        options={Object.entries(t.authMethods)}
        selected={draft.token_endpoint_auth_method}
        onChange={(method) => change({ token_endpoint_auth_method: method })}
      />
      <SelectField
        name="identity_source"
        label={t.identitySource}
        options={Object.entries(t.identitySources)}
        selected={draft.identity_source}
        onChange={(source) => change({ identity_source: source })}
      />
      <TextField {...field("subject_claim")} label={t.subjectClaim} hint={t.subjectClaimHint} />
      <TextField {...field("allowed_tenants")} label={t.tenants} hint={t.tenantsHint} />
      <TextArea
        name="authorization_parameters"
        label={t.parameters}
        hint={t.parametersHint}
        note={noteFor(checks, "authorization_parameters")}
        rows={3}
        spellcheck={false}
        value={draft.authorization_parameters}
        onInput={({ currentTarget }) => change({ authorization_parameters: currentTarget.value })}
      />
      <SelectField
        name="account_prompt"
        label={t.accountPrompt}
        hint={t.accountPromptHint}
        options={Object.entries(t.accountPrompts)}
        selected={draft.account_prompt}
        onChange={(prompt) => change({ account_prompt: prompt })}
      />
      <CheckField
        key={`link ${draft.link_verified_email}`}
        name="link_verified_email"
        label={t.linkVerified}
        hint={t.linkVerifiedHint}
        isChecked={draft.link_verified_email}
        onChange={(isChecked) => change({ link_verified_email: isChecked })}
      />
      <CheckField
        key={`refresh ${draft.refresh_sends_scope}`}
        name="refresh_sends_scope"
        label={t.refreshSendsScope}
        hint={t.refreshSendsScopeHint}
        isChecked={draft.refresh_sends_scope}
        onChange={(isChecked) => change({ refresh_sends_scope: isChecked })}
      />
      <p class="soft">{t.endpointsHint}</p>
      {url("authorization_endpoint", t.authorizationEndpoint)}
      {url("token_endpoint", t.tokenEndpoint)}
      {url("userinfo_endpoint", t.userinfoEndpoint)}
      {url("jwks_uri", t.jwksUri)}
      {url("revocation_endpoint", t.revocationEndpoint)}
      {url("emails_endpoint", t.emailsEndpoint)}
    </details>
  );
}

/** What ties a field for a line of text to the draft. */
interface FieldValue {
  name: TextName;
  value: string;
  note: JSX.Element | undefined;
  autoComplete: "off";
  spellcheck: false;
  onInput: (event: { currentTarget: HTMLInputElement }) => void;
}

function toField(
  draft: ProviderDraft,
  change: ProviderFieldsProps["change"],
  checks: ProviderFieldsProps["checks"],
  name: TextName,
): FieldValue {
  return {
    name,
    value: draft[name],
    note: noteFor(checks, name),
    autoComplete: "off",
    spellcheck: false,
    onInput: ({ currentTarget }) => change({ [name]: currentTarget.value }),
  };
}

/** The names of the fields, as the function's refusals name them. */
export const PROVIDER_FIELDS: readonly string[] = [
  "name",
  "issuer",
  "client_id",
  "client_secret",
  "scopes",
  "link_verified_email",
  "refresh_sends_scope",
  ...FURTHER,
];

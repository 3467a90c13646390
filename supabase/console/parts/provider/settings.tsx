/**
 * The settings of a provider that there is: read by members, changed by owners and admins.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { namesProvider, useProviderCheck } from "../../data/provider_check.ts";
import {
  isChange,
  type Provider,
  type ProviderDraft,
  toChangeBody,
  toDraft,
} from "../../data/provider_draft.ts";
import { texts } from "../../texts/texts.ts";
import { Facts } from "../facts.tsx";
import { Form } from "../form.tsx";
import { say } from "../toasts.tsx";
import { CheckSummary, hasProblem } from "./check_results.tsx";
import { ClientFields, FurtherFields, PlaceFields, PROVIDER_FIELDS } from "./fields.tsx";
import { postProvider } from "./post_provider.ts";

/** The form. What is sent is what differs from the saved settings. */
export function ProviderSettings(
  { provider, reload }: { provider: Provider; reload: () => Promise<void> },
): JSX.Element {
  const { providers: t, common } = texts.value;
  const [draft, setDraft] = useState<ProviderDraft>(toDraft(provider));
  const change = (changes: Partial<ProviderDraft>): void => setDraft((before) => ({ ...before, ...changes }));
  const body = toChangeBody(draft, provider);
  const [saves, setSaves] = useState(0);
  const { name: _, link_verified_email: __, account_prompt: ___, ...examined } = body;
  const check = useProviderCheck(isChange(examined) && namesProvider(draft) ? body : undefined);
  return (
    <Form
      submit={hasProblem(check) ? t.saveAnyway : common.save}
      onSubmit={async ({ client_secret = "" }) => {
        // Whoever submits from within the secret's field has not left it.
        const typed = toChangeBody({ ...draft, client_secret }, provider);
        if (!isChange(typed)) {
          say(t.unchanged);
          return;
        }
        await postProvider("oauth-configs", typed, PROVIDER_FIELDS);
        change({ client_secret: "" });
        setSaves(saves + 1);
        await reload();
        say(t.saved(draft.name));
      }}
    >
      <div class={check.isStale ? "stale" : undefined}>
        <PlaceFields draft={draft} change={change} checks={check.checks} />
        {/* Drawn anew once it was saved, so that the secret is gone from its field. */}
        <ClientFields key={saves} draft={draft} change={change} checks={check.checks} secret="changed" />
        <FurtherFields draft={draft} change={change} checks={check.checks} />
      </div>
      <CheckSummary check={check} />
    </Form>
  );
}

/** The settings, as a member reads them. */
export function ReadOnlySettings({ provider }: { provider: Provider }): JSX.Element {
  const { providers: t } = texts.value;
  const draft = toDraft(provider);
  return (
    <Facts
      facts={[
        [t.name, draft.name],
        [t.issuer, draft.issuer],
        [t.clientId, draft.client_id],
        [t.scopes, draft.scopes],
        [t.authMethod, draft.token_endpoint_auth_method],
        [t.identitySource, draft.identity_source],
        [t.subjectClaim, draft.subject_claim],
        [t.tenants, draft.allowed_tenants],
        [t.parameters, draft.authorization_parameters],
        [t.accountPrompt, draft.account_prompt],
        [t.authorizationEndpoint, draft.authorization_endpoint],
        [t.tokenEndpoint, draft.token_endpoint],
        [t.userinfoEndpoint, draft.userinfo_endpoint],
        [t.jwksUri, draft.jwks_uri],
        [t.revocationEndpoint, draft.revocation_endpoint],
        [t.emailsEndpoint, draft.emails_endpoint],
      ]}
    />
  );
}

/**
 * A new provider: by preset or issuer, examined while it is written.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { PRESETS } from "../../../functions/_shared/upstream/presets/presets.ts";
import type { Preset } from "../../../functions/_shared/upstream/presets/preset.ts";
import { mayManage, organization } from "../data/organizations.ts";
import { namesProvider, useProviderCheck } from "../data/provider_check.ts";
import { fillPreset, type ProviderDraft, toDraft, toNewBody } from "../data/provider_draft.ts";
import { CheckSummary, hasProblem } from "../parts/provider/check_results.tsx";
import { ClientFields, FurtherFields, PlaceFields, PROVIDER_FIELDS } from "../parts/provider/fields.tsx";
import { postProvider } from "../parts/provider/post_provider.ts";
import { RedirectUri } from "../parts/provider/redirect_uri.tsx";
import { Form, SelectField, TextField } from "../parts/form.tsx";
import { Page } from "../parts/page.tsx";
import { say } from "../parts/toasts.tsx";
import { goTo } from "../router.ts";
import { texts } from "../texts/texts.ts";

/** The page. */
export function NewProviderPage(): JSX.Element {
  const { providers: t, errors } = texts.value;
  return (
    <Page title={t.new} intro={t.newIntro}>
      {mayManage.value ? <NewProviderForm /> : <p class="notice">{errors.notAllowed}</p>}
    </Page>
  );
}

function NewProviderForm(): JSX.Element {
  const { providers: t } = texts.value;
  const { id: organizationId } = organization.value!;
  const [draft, setDraft] = useState<ProviderDraft>(toDraft());
  const [presetId, setPresetId] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const preset = PRESETS[presetId];
  const body = toNewBody(draft, organizationId);
  const check = useProviderCheck(namesProvider(draft) ? body : undefined);
  const change = (changes: Partial<ProviderDraft>): void => setDraft((before) => ({ ...before, ...changes }));

  function choosePreset(id: string, given: Record<string, string>): void {
    setPresetId(id);
    setValues(given);
    const { client_id, client_secret } = draft;
    const name = draft.name === preset?.name ? "" : draft.name;
    setDraft(fillPreset({ ...draft, name }, id, given) ?? { ...toDraft(), name, client_id, client_secret });
  }

  return (
    <div class={check.isStale ? "stale" : undefined}>
      <RedirectUri checks={check.checks} place={preset?.redirectUri} />
      <Form
        submit={hasProblem(check) ? t.saveAnyway : t.save}
        onCancel={() => goTo(`/${organizationId}/providers`)}
        onSubmit={async ({ client_secret = "" }) => {
          // Whoever submits from within the secret's field has not left it.
          const typed = toNewBody({ ...draft, client_secret }, organizationId);
          const { id } = await postProvider<{ id: string }>("oauth-configs", typed, PROVIDER_FIELDS);
          say(t.saved(draft.name));
          goTo(`/${organizationId}/providers/${id}`, { check: "now" }, { replace: true });
        }}
      >
        <SelectField
          name="preset"
          label={t.preset}
          hint={t.presetHint}
          options={[
            ["", t.noPreset],
            ...Object.entries(PRESETS).map(([id, { name }]) => [id, name] as const),
          ]}
          selected={presetId}
          onChange={(id) => choosePreset(id, {})}
        />
        {preset !== undefined && (
          <PresetFields
            preset={preset}
            values={values}
            onChange={(given) => choosePreset(presetId, given)}
          />
        )}
        <PlaceFields draft={draft} change={change} checks={check.checks} />
        <ClientFields draft={draft} change={change} checks={check.checks} secret="new" />
        <FurtherFields draft={draft} change={change} checks={check.checks} />
        <CheckSummary check={check} />
      </Form>
    </div>
  );
}

/** What a preset wants to know, and what is peculiar about its provider. */
function PresetFields(
  { preset, values, onChange }: {
    preset: Preset;
    values: Record<string, string>;
    onChange: (values: Record<string, string>) => void;
  },
): JSX.Element {
  return (
    <>
      <ul class="remarks" lang="en">
        {[preset.refreshTokens, ...preset.quirks].map((sentence) => <li key={sentence}>{sentence}</li>)}
      </ul>
      {Object.entries(preset.values).map(([name, { description, example, fallback }]) => (
        <TextField
          key={name}
          name={`preset_${name}`}
          label={name}
          hint={<span lang="en">{description}</span>}
          placeholder={fallback ?? example}
          required={fallback === undefined}
          autoComplete="off"
          spellcheck={false}
          value={values[name] ?? ""}
          onInput={({ currentTarget }) => onChange({ ...values, [name]: currentTarget.value })}
        />
      ))}
    </>
  );
}

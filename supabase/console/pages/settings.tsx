/**
 * An organization's own settings: its name and logo, how long its audit is kept, and its end.
 *
 * @module
 */

import type { JSX } from "preact";
import { perform } from "../data/client.ts";
import { isOwner, organization, reloadOrganizations } from "../data/organizations.ts";
import { Copy } from "../parts/copy.tsx";
import { askToConfirm } from "../parts/dialog.tsx";
import { Form, TextField } from "../parts/form.tsx";
import { Logo, LogoSection } from "../parts/logo.tsx";
import { Page, Section } from "../parts/page.tsx";
import { say } from "../parts/toasts.tsx";
import { goTo } from "../router.ts";
import { texts, toNumber } from "../texts/texts.ts";

/** The page. */
export function SettingsPage(): JSX.Element {
  const { settings: t } = texts.value;
  const { id, name, auditRetentionDays, callRetentionDays } = organization.value!;
  return (
    <Page title={t.title}>
      <dl>
        <div>
          <dt>{t.id}</dt>
          <dd>
            <Copy text={id} label={t.id} />
          </dd>
        </div>
        {!isOwner.value && (
          <>
            <div>
              <dt>{t.name}</dt>
              <dd>{name}</dd>
            </div>
            <div>
              <dt>{t.logo}</dt>
              <dd>
                <Logo />
              </dd>
            </div>
            <div>
              <dt>{t.retention}</dt>
              <dd>{toNumber(auditRetentionDays)}</dd>
            </div>
            <div>
              <dt>{t.callRetention}</dt>
              <dd>{toNumber(callRetentionDays)}</dd>
            </div>
          </>
        )}
      </dl>
      {isOwner.value ? <OwnersPart /> : <p class="soft">{t.readOnly}</p>}
    </Page>
  );
}

function OwnersPart(): JSX.Element {
  const { settings: t, common } = texts.value;
  const { id, name, auditRetentionDays, callRetentionDays } = organization.value!;
  return (
    <>
      <Form
        submit={common.save}
        onSubmit={async (values) => {
          await perform("save_organization", {
            p_id: id,
            p_name: values["name"] ?? "",
            p_audit_retention_days: Number(values["audit_retention_days"]),
            p_call_retention_days: Number(values["call_retention_days"]),
          }, ["saved"]);
          await reloadOrganizations();
          say(t.saved);
        }}
      >
        <TextField
          name="name"
          label={t.name}
          hint={t.nameHint}
          defaultValue={name}
          required
          autoComplete="off"
        />
        <TextField
          name="audit_retention_days"
          label={t.retention}
          hint={t.retentionHint}
          type="number"
          min={1}
          inputMode="numeric"
          defaultValue={String(auditRetentionDays)}
          required
        />
        <TextField
          name="call_retention_days"
          label={t.callRetention}
          hint={t.callRetentionHint}
          type="number"
          min={1}
          inputMode="numeric"
          defaultValue={String(callRetentionDays)}
          required
        />
      </Form>
      <LogoSection />
      <Section title={t.deleteTitle}>
        <p>{t.deleteText}</p>
        <button
          type="button"
          class="danger"
          onClick={() =>
            askToConfirm({
              title: `${t.deleteTitle}?`,
              text: t.deleteText,
              confirm: t.delete,
              isDanger: true,
              typed: name,
              perform: async () => {
                await perform("delete_organization", { p_id: id }, ["deleted"]);
                goTo("/", {}, { replace: true });
                await reloadOrganizations();
              },
              done: t.deleted(name),
            })}
        >
          {t.delete}
        </button>
      </Section>
    </>
  );
}

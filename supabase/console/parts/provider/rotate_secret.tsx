/**
 * Another client secret: tried with the provider before it is saved. Every login stays as it is.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useProviderCheck } from "../../data/provider_check.ts";
import type { Provider } from "../../data/provider_draft.ts";
import { texts } from "../../texts/texts.ts";
import { Dialog } from "../dialog.tsx";
import { FieldError, Form, TextField } from "../form.tsx";
import { Section } from "../page.tsx";
import { say } from "../toasts.tsx";
import { postProvider } from "./post_provider.ts";

/** What the section works on. */
interface SecretProps {
  provider: Provider;
  reload: () => Promise<void>;
}

/** The section with its dialog. */
export function RotateSecret({ provider, reload }: SecretProps): JSX.Element {
  const { providers: t } = texts.value;
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title={t.clientSecret}>
      <p>{t.rotateText}</p>
      <button type="button" onClick={() => setOpen(true)}>{t.rotate}</button>
      {isOpen && <RotateDialog provider={provider} reload={reload} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function RotateDialog({ provider, reload, onClose }: SecretProps & { onClose: () => void }): JSX.Element {
  const { providers: t } = texts.value;
  const id = provider.oauth_config_id!;
  const check = useProviderCheck(undefined);
  const [refused, setRefused] = useState<string>();
  const [typed, setTyped] = useState("");

  /** Whoever has read why the secret is not known to be right may save it all the same. */
  async function save(secret: string): Promise<void> {
    const isTried = refused !== secret;
    if (isTried) {
      const checks = await check.run({ id, client_secret: secret });
      const client = checks?.find((result) => result.id === "client");
      if (client?.state !== "ok" && client?.state !== "warning") {
        const { seen, advice } = checks?.find(({ state }) => state === "failed") ?? {};
        setRefused(secret);
        throw new FieldError("client_secret", seen === undefined ? t.notTried : `${seen}. ${advice}.`);
      }
    }
    await postProvider("oauth-configs", { id, client_secret: secret }, ["client_secret"]);
    await reload();
    onClose();
    say(isTried ? t.rotatedAndTried : t.rotated);
  }

  return (
    <Dialog title={t.rotate} onClose={onClose}>
      <Form
        submit={refused !== undefined && refused === typed.trim() ? t.saveAnyway : t.rotateSubmit}
        onCancel={onClose}
        onSubmit={async ({ client_secret: secret = "" }) => await save(secret)}
      >
        <TextField
          name="client_secret"
          type="password"
          label={t.newSecret}
          hint={t.newSecretHint}
          required
          autoComplete="new-password"
          spellcheck={false}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <p role="status" class={check.isChecking ? "soft" : "hidden"}>{check.isChecking && t.checking}</p>
      </Form>
    </Dialog>
  );
}

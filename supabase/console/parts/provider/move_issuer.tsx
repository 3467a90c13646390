/**
 * Another issuer for a provider whose people stay the same: first counted, then done.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Provider } from "../../data/provider_draft.ts";
import { texts } from "../../texts/texts.ts";
import { Dialog } from "../dialog.tsx";
import { Form, TextField } from "../form.tsx";
import { Section } from "../page.tsx";
import { say } from "../toasts.tsx";
import { postProvider } from "./post_provider.ts";

/** What the section works on. */
interface MoveProps {
  provider: Provider;
  reload: () => Promise<void>;
}

/** What a move would do. */
interface Counted {
  issuer: string;
  people: number;
}

/** The section with its dialog. */
export function MoveIssuer({ provider, reload }: MoveProps): JSX.Element {
  const { providers: t } = texts.value;
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title={t.move}>
      <p>{t.moveText}</p>
      <button type="button" onClick={() => setOpen(true)}>{t.moveOpen}</button>
      {isOpen && <MoveDialog provider={provider} reload={reload} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function MoveDialog({ provider, reload, onClose }: MoveProps & { onClose: () => void }): JSX.Element {
  const { providers: t } = texts.value;
  const [counted, setCounted] = useState<Counted>();
  return (
    <Dialog title={t.move} onClose={onClose}>
      {counted === undefined
        ? <CountForm provider={provider} onCounted={setCounted} onClose={onClose} />
        : <MoveForm provider={provider} counted={counted} reload={reload} onClose={onClose} />}
    </Dialog>
  );
}

/** The dry run. */
function CountForm(
  { provider, onCounted, onClose }: {
    provider: Provider;
    onCounted: (counted: Counted) => void;
    onClose: () => void;
  },
): JSX.Element {
  const { providers: t } = texts.value;
  return (
    <Form
      submit={t.moveCount}
      onCancel={onClose}
      onSubmit={async ({ issuer = "" }) => {
        const body = { id: provider.oauth_config_id!, issuer, dry_run: true };
        const { people } = await postProvider<{ people: number }>("oauth-configs/move", body, ["issuer"]);
        onCounted({ issuer, people });
      }}
    >
      <p>
        {t.moveFrom} <code>{provider.issuer}</code>
      </p>
      <TextField
        name="issuer"
        label={t.newIssuer}
        hint={t.newIssuerHint}
        required
        inputMode="url"
        autoComplete="off"
        spellcheck={false}
      />
    </Form>
  );
}

/** The move itself: a secret that goes to a new place has to be given with it. */
function MoveForm(
  { provider, counted: { issuer, people }, reload, onClose }: MoveProps & {
    counted: Counted;
    onClose: () => void;
  },
): JSX.Element {
  const { providers: t } = texts.value;
  return (
    <Form
      submit={t.moveSubmit}
      isDanger
      onCancel={onClose}
      onSubmit={async ({ client_secret: secret }) => {
        const body = { id: provider.oauth_config_id!, issuer, dry_run: false };
        const moved = await postProvider<{ people: number }>(
          "oauth-configs/move",
          secret ? { ...body, client_secret: secret } : body,
          ["client_secret"],
        );
        await reload();
        onClose();
        say(t.moved(moved.people));
      }}
    >
      <p role="status">{t.moveWould(people)}</p>
      <p>
        {t.newIssuer}: <code>{issuer}</code>
      </p>
      {provider.token_endpoint_auth_method !== "none" && (
        <TextField
          name="client_secret"
          type="password"
          label={t.clientSecret}
          hint={t.moveSecretHint}
          required
          autoComplete="new-password"
          spellcheck={false}
        />
      )}
    </Form>
  );
}

/**
 * The reader's own account: who it is, and a new password.
 *
 * Whoever has forgotten the password signs in with a link by e-mail and comes here.
 *
 * @module
 */

import type { JSX } from "preact";
import { FieldError, Form, TextField } from "../parts/form.tsx";
import { Page, Section } from "../parts/page.tsx";
import { say } from "../parts/toasts.tsx";
import { changePassword, user } from "../session.ts";
import { texts } from "../texts/texts.ts";

/** The page. */
export function AccountPage(): JSX.Element {
  const { account: t, signIn } = texts.value;
  async function change({ password = "" }: Record<string, string>): Promise<void> {
    const outcome = await changePassword(password);
    switch (outcome) {
      case "changed":
        return say(t.changed);
      case "password too weak":
        throw new FieldError("password", signIn.weak);
      case "away":
        throw new FieldError("password", signIn.away);
      case "refused":
        throw new FieldError("password", t.refused);
    }
  }
  return (
    <Page title={t.title}>
      <dl>
        <div>
          <dt>{signIn.email}</dt>
          <dd>{user.value?.email}</dd>
        </div>
      </dl>
      <Section title={t.password}>
        <Form submit={t.change} resets onSubmit={change}>
          <TextField
            name="password"
            label={t.newPassword}
            hint={signIn.newPasswordHint}
            type="password"
            required
            minLength={6}
            autoComplete="new-password"
          />
        </Form>
      </Section>
    </Page>
  );
}

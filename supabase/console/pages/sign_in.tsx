/**
 * The sign-in: with a password, a link by e-mail, or a provider, as the project has them.
 *
 * It stands in the place of the page that was asked for, at its address.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useLoad } from "../data/load.ts";
import { Trouble } from "../data/trouble.ts";
import { FieldError, Form, TextField } from "../parts/form.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page } from "../parts/page.tsx";
import {
  readSignInWays,
  sendMagicLink,
  signInNotice,
  type SignInOutcome,
  type SignInWays,
  signInWithPassword,
  signInWithProvider,
  signUp,
} from "../session.ts";
import { texts } from "../texts/texts.ts";

type Way = "password" | "link" | "sign up";

/** The page. */
export function SignInPage(): JSX.Element {
  const { signIn } = texts.value;
  const [way, setWay] = useState<Way>("password");
  const [mailTo, setMailTo] = useState<string>();
  const ways = useLoad("ways to sign in", async () => {
    try {
      return await readSignInWays();
    } catch {
      throw new Trouble("unreachable", "Supabase Auth does not answer");
    }
  });
  const notice = signInNotice.value;
  return (
    <div class="card">
      <Page title={way === "sign up" ? signIn.signUpTitle : signIn.title}>
        {notice !== undefined && (
          <p class="notice" role="status">{notice === "expired" ? signIn.expired : signIn.refused}</p>
        )}
        {mailTo !== undefined && <p class="notice good" role="status">{signIn.mailSent(mailTo)}</p>}
        <Loaded load={ways}>
          {(known) => (
            <>
              {known.password && (
                <SignInForm key={way} way={way} choose={setWay} onMail={setMailTo} ways={known} />
              )}
              <Providers ways={known} />
            </>
          )}
        </Loaded>
      </Page>
    </div>
  );
}

/** What a form of the sign-in has. */
interface SignInFormProps {
  way: Way;
  ways: SignInWays;
  choose: (way: Way) => void;
  onMail: (email: string) => void;
}

function SignInForm({ way, ways, choose, onMail }: SignInFormProps): JSX.Element {
  const { signIn } = texts.value;
  const submits = { password: signIn.submit, link: signIn.magicLink, "sign up": signIn.create };
  async function submit({ email = "", password = "" }: Record<string, string>): Promise<void> {
    const outcome = way === "link"
      ? await sendMagicLink(email)
      : way === "password"
      ? await signInWithPassword(email, password)
      : await signUp(email, password);
    if (outcome === "mail sent") {
      return onMail(email);
    }
    if (outcome !== "signed in") {
      throw toError(outcome, way);
    }
  }
  return (
    <>
      <Form submit={submits[way]} onSubmit={submit}>
        <TextField name="email" label={signIn.email} type="email" required autoComplete="username" />
        {way !== "link" && (
          <TextField
            name="password"
            label={signIn.password}
            type="password"
            required
            autoComplete={way === "password" ? "current-password" : "new-password"}
            {...(way === "sign up" ? { minLength: 6, hint: signIn.newPasswordHint } : {})}
          />
        )}
        {way === "link" && <p class="soft">{signIn.magicLinkHint}</p>}
      </Form>
      <div class="ways">
        {way !== "password" && (
          <button type="button" class="link" onClick={() => choose("password")}>
            {way === "link" ? signIn.withPassword : signIn.toSignIn}
          </button>
        )}
        {way === "password" && (
          <button type="button" class="link" onClick={() => choose("link")}>{signIn.magicLink}</button>
        )}
        {way === "password" && ways.signUp && (
          <button
            type="button"
            class="link"
            onClick={() => choose("sign up")}
          >
            {signIn.toSignUp}
          </button>
        )}
      </div>
    </>
  );
}

/** The error of a sign-in that came to nothing, beside the field that it is about. */
function toError(outcome: Exclude<SignInOutcome, "signed in" | "mail sent">, way: Way): FieldError {
  const { signIn } = texts.value;
  switch (outcome) {
    case "refused":
      return way === "sign up"
        ? new FieldError("email", signIn.cannotSignUp)
        : new FieldError(way === "link" ? "email" : "password", signIn.wrong);
    case "password too weak":
      return new FieldError("password", signIn.weak);
    case "too many":
      return new FieldError("email", signIn.tooMany);
    case "away":
      return new FieldError("email", signIn.away);
  }
}

/** Supabase Auth's names that are written otherwise than with a capital. */
const PROVIDER_NAMES = new Map([
  ["azure", "Microsoft"],
  ["github", "GitHub"],
  ["gitlab", "GitLab"],
  ["linkedin_oidc", "LinkedIn"],
  ["slack_oidc", "Slack"],
  ["workos", "WorkOS"],
]);

function Providers({ ways: { providers, password } }: { ways: SignInWays }): JSX.Element | null {
  const { signIn } = texts.value;
  if (providers.length === 0) {
    return null;
  }
  return (
    <div class="providers">
      {password && <p class="soft">{signIn.or}</p>}
      {providers.map((provider) => (
        <button
          type="button"
          key={provider}
          onClick={() => void signInWithProvider(provider)}
        >
          {signIn.withProvider(
            PROVIDER_NAMES.get(provider) ?? provider[0]!.toUpperCase() + provider.slice(1),
          )}
        </button>
      ))}
    </div>
  );
}

/**
 * Who is signed in: Supabase Auth, and the moment at which a session ends.
 *
 * The session stands in localStorage, as supabase-js keeps it. A colleague's URL
 * then opens signed in, every tab ends together, and a magic link finds the
 * verifier of its PKCE request. Script of this origin could read it, and the
 * page's policy admits no script but the console's file: therefore the console
 * has an origin of its own and shares it with nobody's pages.
 *
 * A session that ends in mid-task leaves the address as it is. The sign-in
 * stands there in the place of the page until somebody is signed in again.
 *
 * @module
 */

import { AuthClient, isAuthRetryableFetchError, type Session } from "@supabase/auth-js";
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { SETTINGS } from "./settings.ts";

/** The address to return to, while Supabase Auth has the reader. */
const RETURN = "gatepost-console-return";
const RETRY_MILLISECONDS = 3_000;

const auth = new AuthClient({
  url: `${SETTINGS.apiUrl}/auth/v1`,
  headers: { apikey: SETTINGS.publishableKey },
  storageKey: "gatepost-console-session",
  flowType: "pkce",
  autoRefreshToken: true,
  persistSession: true,
  // Read here, from the query alone: the library would also look behind the `#`, where the page's own query is.
  detectSessionInUrl: false,
});

/** What is known of the session: nothing yet (undefined), nobody (null), or somebody. */
export const session: Signal<Session | null | undefined> = signal(undefined);

/** Why the sign-in is shown: the session has ended, or Supabase Auth has sent the reader back without one. */
export const signInNotice: Signal<"expired" | "refused" | undefined> = signal(undefined);

/** Whether Supabase Auth cannot be reached, so that nobody can say who is signed in. */
export const isAuthAway: Signal<boolean> = signal(false);

/** Who is signed in. */
export const user: ReadonlySignal<{ id: string; email: string } | undefined> = computed(() => {
  const found = session.value?.user;
  return found === undefined ? undefined : { id: found.id, email: found.email ?? "" };
});

/** Thrown where Supabase Auth cannot be reached. */
export class AuthAway extends Error {
  override name = "AuthAway";
}

let isLeaving = false;

/** Finds out who is signed in. Called once, when the page begins. */
export async function openSession(): Promise<void> {
  await finishSignIn();
  while (session.value === undefined) {
    const { data, error } = await auth.getSession();
    isAuthAway.value = isAuthRetryableFetchError(error);
    if (isAuthAway.value) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    } else {
      session.value = data.session;
    }
  }
  auth.onAuthStateChange((event, found) => {
    if (event === "SIGNED_OUT" && session.value && !isLeaving) {
      signInNotice.value = "expired";
    }
    if (found !== null) {
      signInNotice.value = undefined;
    }
    if (event !== "INITIAL_SESSION") {
      session.value = found;
    }
  });
}

/** Redeems the code that Supabase Auth put into the URL, and returns to where the reader was. */
async function finishSignIn(): Promise<void> {
  const answer = new URLSearchParams(location.search);
  const code = answer.get("code");
  if (code === null && !answer.has("error")) {
    return;
  }
  const { error } = code === null ? { error: true } : await auth.exchangeCodeForSession(code);
  signInNotice.value = error ? "refused" : undefined;
  history.replaceState(null, "", location.pathname + (localStorage.getItem(RETURN) ?? ""));
  localStorage.removeItem(RETURN);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The token of Supabase Auth, renewed where it has ended; undefined where nobody is signed in. */
export async function readAccessToken(): Promise<string | undefined> {
  const { data, error } = await auth.getSession();
  if (isAuthRetryableFetchError(error)) {
    throw new AuthAway("Supabase Auth cannot be reached");
  }
  return data.session?.access_token;
}

/** Shows the sign-in in the place of the page: the session has ended. */
export function expireSession(): void {
  if (session.value) {
    signInNotice.value = "expired";
    session.value = null;
    // What is kept is of no use: the server has just refused it.
    void auth.signOut({ scope: "local" }).catch(() => undefined);
  }
}

/** Signs out, at the server where it can be reached and here in any case. */
export async function signOut(): Promise<void> {
  isLeaving = true;
  await auth.signOut({ scope: "local" }).catch(() => undefined);
  isLeaving = false;
  signInNotice.value = undefined;
  session.value = null;
}

/** What a sign-in came to. */
export type SignInOutcome = "signed in" | "mail sent" | "refused" | "password too weak" | "too many" | "away";

/** Signs in with a password. */
export async function signInWithPassword(email: string, password: string): Promise<SignInOutcome> {
  return toOutcome(await auth.signInWithPassword({ email, password }));
}

/** Makes an account. Where the project confirms addresses, a mail is sent first. */
export async function signUp(email: string, password: string): Promise<SignInOutcome> {
  rememberAddress();
  const answer = await auth.signUp({ email, password, options: { emailRedirectTo: thisPage() } });
  return toOutcome(answer);
}

/** Lets Supabase Auth send a link by which the reader signs in. */
export async function sendMagicLink(email: string): Promise<SignInOutcome> {
  rememberAddress();
  const options = { emailRedirectTo: thisPage(), shouldCreateUser: false };
  const answer = await auth.signInWithOtp({ email, options });
  // Whether anybody has the address is nobody else's business.
  return answer.error?.code === "otp_disabled" ? "mail sent" : toOutcome(answer);
}

/** Leaves for a provider of Supabase Auth, and returns to the present address. */
export async function signInWithProvider(provider: string): Promise<SignInOutcome> {
  rememberAddress();
  const answer = await auth.signInWithOAuth({
    provider: provider as Parameters<typeof auth.signInWithOAuth>[0]["provider"],
    options: { redirectTo: thisPage() },
  });
  return answer.error ? toOutcome({ data: { session: null }, error: answer.error }) : "mail sent";
}

/** What a change of the password came to. */
export type PasswordOutcome = "changed" | "password too weak" | "refused" | "away";

/** Gives the reader's account another password. */
export async function changePassword(password: string): Promise<PasswordOutcome> {
  const { error } = await auth.updateUser({ password });
  if (error === null) {
    return "changed";
  }
  if (isAuthRetryableFetchError(error)) {
    return "away";
  }
  return error.code === "weak_password" ? "password too weak" : "refused";
}

function toOutcome(
  { data, error }: {
    data: { session?: Session | null };
    error: { status?: number | undefined; code?: string | undefined } | null;
  },
): SignInOutcome {
  if (error === null) {
    return data.session ? "signed in" : "mail sent";
  }
  if (isAuthRetryableFetchError(error)) {
    return "away";
  }
  if (error.code === "weak_password") {
    return "password too weak";
  }
  return error.status === 429 ? "too many" : "refused";
}

function rememberAddress(): void {
  localStorage.setItem(RETURN, location.hash);
}

/** This page without query and hash: the URL that the project has to know as a redirect URL. */
function thisPage(): string {
  return location.origin + location.pathname;
}

/** How people may sign in at the project. */
export interface SignInWays {
  password: boolean;
  signUp: boolean;
  /** Such as `google`. */
  providers: string[];
}

/** What Supabase Auth lists under `external` that is no provider to be sent to. */
const NO_PROVIDERS = ["email", "phone", "anonymous_users"];

/** Asks the project how people may sign in. */
export async function readSignInWays(): Promise<SignInWays> {
  const response = await fetch(`${SETTINGS.apiUrl}/auth/v1/settings`, {
    headers: { apikey: SETTINGS.publishableKey },
  });
  if (!response.ok) {
    throw new AuthAway(`Supabase Auth answered ${response.status}`);
  }
  const { external = {}, disable_signup } = await response.json() as {
    external?: Record<string, boolean>;
    disable_signup?: boolean;
  };
  return {
    password: external["email"] !== false,
    signUp: disable_signup !== true && external["email"] !== false,
    providers: Object.keys(external).filter((name) => external[name] && !NO_PROVIDERS.includes(name)).sort(),
  };
}

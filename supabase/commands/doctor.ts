/**
 * `deno task doctor`: examines a provider before people log in, check by check.
 *
 * A config that is saved is examined by its deployment, with the stored secret.
 * Any other provider is examined from this machine, and nothing is saved.
 *
 * @module
 */

import type { Check } from "../../functions/_shared/upstream/doctor/findings.ts";
import type { Examination } from "../../functions/_shared/upstream/doctor/examination.ts";
import { bypassProxyOnLoopback } from "../local/loopback_proxy.ts";
import { terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { type DoctorArguments, readDoctorArguments } from "./doctor/arguments.ts";
import { logInDryly } from "./doctor/dry_login.ts";
import { examineHere, readExamination } from "./doctor/examine_here.ts";
import { countFailed, printChecks } from "./doctor/print_checks.ts";
import { listenForCallback } from "./login/callback_listener.ts";
import { openBrowser } from "./login/open_browser.ts";
import { walkLogin } from "./login/walk_login.ts";
import { readClientSecret } from "./platform/ask.ts";
import { readProvider } from "./platform/options.ts";
import { openSession } from "./platform/session.ts";
import { runTask } from "./run_task.ts";

bypassProxyOnLoopback();
const output = terminal();
await runTask(output, async () => {
  const args = readDoctorArguments(Deno.args);
  const { redirectUri, checks, examination } = await examine(args);
  const login = args.login ? await logIn(examination, args) : undefined;
  if (args.json) {
    output.print(JSON.stringify({ redirect_uri: redirectUri, checks, ...login && { login } }, null, 2));
  } else {
    printChecks(checks, output);
    printLogin(login);
  }
  const failed = countFailed(checks);
  if (failed > 0) {
    throw new Problem(failed === 1 ? "One check failed" : `${failed} checks failed`, { exitCode: 2 });
  }
});
Deno.exit(0);

interface Result {
  redirectUri: string;
  checks: Check[];
  /** What was examined here. */
  examination?: Examination;
}

async function examine(args: DoctorArguments): Promise<Result> {
  if (args.configId !== undefined) {
    const session = await openSession(args.platform);
    const { status, body } = await session.post("oauth-configs/check", { id: args.configId });
    await session.signOut();
    if (status !== 200) {
      throw new Problem(String(body["error_description"] ?? `The deployment answers ${status}`));
    }
    return { redirectUri: String(body["redirect_uri"]), checks: body["checks"] as Check[] };
  }
  const secret = await readClientSecret(args.secretFromStandardInput, "leave out");
  const examination = readExamination(readProvider(args.provider, args.issuer), secret, args.redirectUri);
  return { redirectUri: args.redirectUri, checks: await examineHere(examination), examination };
}

type Login =
  & { subject: string | null; issuer: string | null; email: string | null }
  & Record<string, unknown>;

async function logIn(examination: Examination | undefined, args: DoctorArguments): Promise<Login> {
  if (examination === undefined) {
    throw new Problem(
      "Give issuer or preset, --client-id and the client secret with --login: a stored secret stays where it is",
    );
  }
  const callback = listenForCallback(args.redirectUri);
  const { identity, hasRefreshToken, scope } = await logInDryly(examination, callback, async (url) => {
    if (args.user !== undefined) {
      const target = await walkLogin(url, { userName: args.user });
      await (await fetch(target)).body?.cancel();
      return;
    }
    const isOpen = await openBrowser(url);
    output.problem(
      isOpen ? "Opened the login in your browser" : `Open this in a browser on this machine:\n  ${url}`,
    );
  });
  await callback.stop();
  return {
    subject: identity.subject,
    issuer: identity.issuer,
    email: identity.email,
    email_verified: identity.emailVerified,
    claims: identity.profile,
    refresh_token: hasRefreshToken,
    scope,
  };
}

function printLogin(login: Login | undefined): void {
  if (login === undefined) {
    return;
  }
  const { subject, issuer, email, email_verified: verified, claims, refresh_token: renewable } = login;
  output.print("");
  output.print(
    subject === null
      ? "The person would be an end user without a name."
      : `The person would be the end user ${subject} of ${issuer ?? "this provider"}. None was made.`,
  );
  output.print(
    `  address        ${email ?? "none"}${email === null ? "" : verified ? ", verified" : ", not verified"}`,
  );
  output.print(`  refresh token  ${renewable ? "yes" : "none: the login ends when the access token does"}`);
  output.print(`  claims         ${JSON.stringify(claims)}`);
}

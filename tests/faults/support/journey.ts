/**
 * One person's way through everything: login, call, renewal of the provider's token, refresh.
 *
 * The client does as clients do: what says "of the moment" is tried again, what
 * says that the login is over leads to a new login, and anything else is a fault
 * of ours.
 *
 * @module
 */

import {
  attemptAuthorization,
  redemptionForm,
  refreshForm,
  type Tokens,
} from "../../support/client/mcp_client.ts";
import { openBrowser, openConsent } from "../../support/client/browser.ts";
import { expireUpstreamTokens } from "../../support/stack/tenant.ts";
import type { FaultyScene } from "./faulty_scene.ts";

/** Who travels, and through which worker. */
export type Traveller = Pick<FaultyScene, "stack" | "tenant" | "client" | "forget"> & {
  worker: Pick<FaultyScene["worker"], "handle">;
};

/** What happened on the way. */
export interface Journey {
  logins: number;
  /** Answers that asked to try again. */
  retries: number;
  /** What the gateway answered, call by call. */
  statuses: number[];
  tokens: Tokens;
}

const MAX_LOGINS = 3;
const MAX_TRIES = 3;

/** The login is over: a new one is due. */
class LoginOver extends Error {}

/** Goes the whole way; throws at an answer that no client should be given. */
export async function travel(scene: Traveller): Promise<Journey> {
  const journey: Omit<Journey, "tokens"> = { logins: 0, retries: 0, statuses: [] };
  for (;;) {
    journey.logins++;
    try {
      let tokens = await redeem(scene, journey, await obtainCode(scene, journey));
      await call(scene, journey, tokens);
      await expireUpstreamTokens(scene.stack, scene.tenant.organizationId);
      await scene.forget();
      await call(scene, journey, tokens);
      tokens = await refresh(scene, journey, tokens);
      tokens = await refresh(scene, journey, tokens);
      await call(scene, journey, tokens);
      return { ...journey, tokens };
    } catch (error) {
      if (!(error instanceof LoginOver) || journey.logins >= MAX_LOGINS) {
        throw error;
      }
    }
  }
}

interface Code {
  code: string;
  codeVerifier: string;
}

type Progress = Pick<Journey, "retries" | "statuses">;

/** As a person does it: whose page says "try again" presses the button once more, then starts anew. */
async function obtainCode(scene: Traveller, journey: Progress): Promise<Code> {
  const browser = openBrowser();
  const { url, codeVerifier } = attemptAuthorization(scene.client);
  await untilAnswered(journey, async () => {
    const page = await browser.get(url);
    return page.status === 503 ? await spend(page) : (await page.body?.cancel(), page);
  });
  const form = await openConsent(browser, url);
  const approval = await untilAnswered(
    journey,
    () => follow(() => browser.post(url.origin + url.pathname, { form, decision: "approve" })),
  );
  const returned = isClients(approval) ? approval : await finish(approval);
  const code = returned.searchParams.get("code");
  if (code === null) {
    throw expectError(returned.searchParams.get("error"), ["temporarily_unavailable", "server_error"]);
  }
  return { code, codeVerifier };

  function isClients(url: URL): boolean {
    return url.href.startsWith(scene.client.redirectUri);
  }

  async function finish(atProvider: URL): Promise<URL> {
    const login = await browser.get(atProvider);
    await login.body?.cancel();
    const callback = login.headers.get("Location")!;
    return await untilAnswered(journey, () => follow(() => browser.get(callback)));
  }
}

async function redeem(scene: Traveller, journey: Progress, { code, codeVerifier }: Code): Promise<Tokens> {
  return await requestTokens(scene, journey, redemptionForm(scene.client, code, codeVerifier), [
    "invalid_grant",
  ]);
}

/** A refresh is never answered with the end of the login: what was confirmed to the client stays good. */
async function refresh(scene: Traveller, journey: Progress, tokens: Tokens): Promise<Tokens> {
  return await requestTokens(scene, journey, refreshForm(scene.client, tokens.refresh_token), []);
}

async function requestTokens(
  { worker, client }: Traveller,
  journey: Progress,
  form: Record<string, string>,
  ends: string[],
): Promise<Tokens> {
  const answer = await untilAnswered(journey, async () => {
    const request = new Request(client.discovery.token_endpoint, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    const response = await worker.handle(request);
    return response.status === 503 ? await spend(response) : response;
  });
  const body = await answer.json();
  if (answer.status !== 200) {
    throw expectError(body.error, ends);
  }
  return body;
}

async function call({ worker, tenant }: Traveller, journey: Progress, tokens: Tokens): Promise<void> {
  const response = await untilAnswered(journey, async () => {
    const answer = await catching(async () => {
      const forwarded = await worker.handle(buildCall(tenant.mcpUrl, tokens.access_token));
      return { status: forwarded.status, text: await forwarded.text() };
    });
    journey.statuses.push(answer?.status ?? 0);
    return answer === undefined || answer.status >= 500 ? undefined : answer;
  });
  if (response.status === 401) {
    throw new LoginOver("the gateway asks for a new login");
  }
  if (response.status !== 200) {
    throw new Error(`A call answers ${response.status}: ${response.text}`);
  }
}

/** Builds a call of the MCP server. */
export function buildCall(mcpUrl: string, accessToken: string): Request {
  return new Request(mcpUrl, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${accessToken}`,
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
  });
}

/** Tries a step again while it says that its trouble is of the moment. */
async function untilAnswered<Answer>(
  journey: Progress,
  step: () => Promise<Answer | undefined>,
): Promise<Answer> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await step();
    if (answer !== undefined) {
      return answer;
    }
    journey.retries++;
  }
  throw new LoginOver("the trouble of the moment goes on");
}

/** Where a page leads; nothing when it says to try again, and the end when it offers a new start. */
async function follow(visit: () => Promise<Response>): Promise<URL | undefined> {
  const response = await visit();
  const text = await response.text();
  const location = response.headers.get("Location");
  if (location !== null) {
    return new URL(location);
  }
  if (response.status === 503) {
    return undefined;
  }
  if (response.status === 400) {
    throw new LoginOver("the page offers a new start");
  }
  throw new Error(`A page answers ${response.status}: ${text.slice(0, 300)}`);
}

async function spend(response: Response): Promise<undefined> {
  await response.body?.cancel();
  if (!response.headers.has("Retry-After")) {
    throw new Error("A 503 does not say when to try again");
  }
}

/** A stream that breaks off rejects while it is read. */
async function catching<Result>(step: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await step();
  } catch {
    return undefined;
  }
}

function expectError(error: unknown, expected: string[]): Error {
  return expected.includes(String(error))
    ? new LoginOver(String(error))
    : new Error(`A client should not be told ${error} here`);
}

/**
 * People who use one MCP server for as long as the soak lasts, each as one client would.
 *
 * @module
 */

import { hashSecret, randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { insert } from "../support/stack/tenant.ts";
import {
  attemptAuthorization,
  postForm,
  postMessage,
  redemptionForm,
  refreshForm,
  register,
  type RegisteredClient,
  type Tokens,
} from "../support/client/mcp_client.ts";
import { openBrowser, walk } from "../support/client/browser.ts";
import type { Scene } from "../support/stack/scene.ts";

/** Does one step of the load and says which, or throws what went wrong. */
export type Step = () => Promise<void>;

/** What an answer was that should have been another. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}

/** One person with one client, logged in. */
export interface Person {
  refresh: Step;
  call: Step;
  introspect: Step;
  userinfo: Step;
  /** Logs in anew, as after a new installation; the old login is given back. */
  logInAgain: Step;
}

/** Registers a client, logs a person in and returns what they do from then on. */
export async function admitPerson(
  scene: Scene,
  name: string,
  asker: Record<string, string>,
): Promise<Person> {
  const { discovery } = scene.client;
  const client = await register(discovery, { token_endpoint_auth_method: "client_secret_post" });
  let tokens = await logIn(client, name);
  const { token_endpoint } = discovery;
  const endpoint = (other: string): string => token_endpoint.replace("/oauth-token/", `/${other}/`);
  const credentials = { client_id: client.clientId, client_secret: client.clientSecret! };
  return {
    async refresh(): Promise<void> {
      tokens = await expectJson(
        await postForm(token_endpoint, refreshForm(client, tokens.refresh_token)),
        200,
      );
    },
    async call(): Promise<void> {
      await expectJson(
        await postMessage(scene.tenant.mcpUrl, tokens.access_token, { id: 1, method: "ping" }),
        200,
      );
    },
    async introspect(): Promise<void> {
      const form = { token: tokens.access_token, ...asker };
      const answer = await expectJson<{ active: boolean }>(
        await postForm(endpoint("oauth-introspect"), form),
        200,
      );
      if (!answer.active) {
        throw new Unexpected("a living token is said to be dead");
      }
    },
    async userinfo(): Promise<void> {
      const headers = { Authorization: `Bearer ${tokens.access_token}` };
      await expectJson(await fetch(endpoint("oauth-userinfo"), { headers }), 200);
    },
    async logInAgain(): Promise<void> {
      const old = tokens.refresh_token;
      tokens = await logIn(client, name);
      const response = await postForm(endpoint("oauth-revoke"), { token: old, ...credentials });
      await response.body?.cancel();
      if (response.status !== 200) {
        throw new Unexpected(`revocation answers ${response.status}`);
      }
    },
  };
}

/** Makes credentials that may introspect the tokens of the scene's server. */
export async function makeAsker({ stack, tenant }: Scene): Promise<Record<string, string>> {
  const secret = randomSecret();
  const id = await insert(stack, "mcp_resource_servers", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    name: "The MCP server",
    secret_hash: hashSecret(secret),
  });
  return { client_id: id, client_secret: secret };
}

/** A stranger who registers and never comes back. */
export async function registerStranger({ client }: Scene): Promise<void> {
  await register(client.discovery, { client_name: "A stranger" });
}

/** A stranger who presents what is no token. */
export async function presentNonsense({ client }: Scene): Promise<void> {
  const response = await postForm(
    client.discovery.token_endpoint,
    refreshForm(client, `gpr_${"A".repeat(65)}`),
  );
  await expectJson(response, 400);
}

async function logIn(client: RegisteredClient, name: string): Promise<Tokens> {
  const attempt = attemptAuthorization(client, { login_hint: name });
  const returned = await walk(openBrowser(), attempt.url);
  const code = returned.searchParams.get("code");
  if (code === null) {
    throw new Unexpected(`the login came back with ${returned.searchParams.get("error")}`);
  }
  const form = redemptionForm(client, code, attempt.codeVerifier);
  return await expectJson<Tokens>(await postForm(client.discovery.token_endpoint, form), 200);
}

async function expectJson<Answer = unknown>(response: Response, status: number): Promise<Answer> {
  const text = await response.text();
  if (response.status !== status) {
    throw new Unexpected(
      `${new URL(response.url).pathname.split("/").at(-2)} answers ${response.status}: ${text}`,
    );
  }
  return JSON.parse(text) as Answer;
}

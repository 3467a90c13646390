/**
 * Client id and secret, tried without a person: a token request with an invented code.
 *
 * A provider checks the client before the code (RFC 6749 §4.1.3), so
 * `invalid_grant` says that it knows the client, and `invalid_client` that it
 * does not.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { OAuthError } from "../../errors.ts";
import { buildAuthentication } from "../client_authentication.ts";
import { explainFailure, isMomentary } from "../failure.ts";
import type { UpstreamFailureDetail } from "../failure_detail.ts";
import { readRefusal } from "../refusal_words.ts";
import { readTokenAnswer } from "../token_answer.ts";
import { describeClient, type FetchDependencies, requestOptions, type Upstream } from "../upstream.ts";
import type { Examination } from "./examination.ts";

/** What the token endpoint said. */
export type ClientTrial =
  | { kind: "accepted" | "refused" | "unreachable" | "any_code" }
  /** It refuses an invented code without a look at the client. */
  | { kind: "not_told" }
  /** Accepted with the other method. */
  | { kind: "wrong_method"; other: string }
  /** `known`: it refuses the client that it knows in another way than an invented one. */
  | { kind: "not_allowed" | "unclear" | "known"; code: string }
  | { kind: "not_found"; status: number };

const OTHER_METHOD: ReadonlyMap<string, string> = new Map([
  ["client_secret_basic", "client_secret_post"],
  ["client_secret_post", "client_secret_basic"],
]);

/**
 * Tries a client; with the other method, too, if the first is refused.
 *
 * An answer that no standard explains is compared with the one to an invented client: Glewlwyd, for one, says
 * `unauthorized_client` to a wrong secret.
 */
export async function tryClient(
  upstream: Upstream,
  examination: Examination,
  dependencies: FetchDependencies,
): Promise<ClientTrial> {
  const { token_endpoint_auth_method: method } = upstream.config;
  const first = await request(upstream, method, examination, dependencies);
  if (first.kind === "accepted") {
    return await isTold(upstream, examination, dependencies)
      ? first
      : await tryRevocation(upstream, examination, dependencies);
  }
  const trial = isExplained(first)
    ? first
    : judge(first, await requestInvented(upstream, examination, dependencies));
  const other = OTHER_METHOD.get(method);
  if ((trial.kind !== "refused" && trial.kind !== "unclear") || other === undefined) {
    return trial;
  }
  const second = await request(upstream, other, examination, dependencies);
  return second.kind === "accepted" ? { kind: "wrong_method", other } : trial;
}

/** Whether the token endpoint refuses the code of an invented client in another way: better-auth looks at the code first. */
async function isTold(
  upstream: Upstream,
  examination: Examination,
  dependencies: FetchDependencies,
): Promise<boolean> {
  return (await requestInvented(upstream, examination, dependencies)).kind !== "accepted";
}

/** The same at the revocation endpoint, with an invented token: whoever is refused alike with an invented client is open. */
async function tryRevocation(
  upstream: Upstream,
  examination: Examination,
  dependencies: FetchDependencies,
): Promise<ClientTrial> {
  if (
    !upstream.server.revocation_endpoint || upstream.config.token_endpoint_auth_method === "none" ||
    await isKnownAtRevocation(withInventedClient(upstream), INVENTED_SECRET, dependencies) !== false
  ) {
    return { kind: "not_told" };
  }
  const isKnown = await isKnownAtRevocation(upstream, examination.clientSecret, dependencies);
  return { kind: isKnown === undefined ? "not_told" : isKnown ? "accepted" : "refused" };
}

/** Undefined where the endpoint does not answer. */
async function isKnownAtRevocation(
  { config, server }: Upstream,
  secret: string | undefined,
  dependencies: FetchDependencies,
): Promise<boolean | undefined> {
  try {
    const response = await oauth.revocationRequest(
      server,
      describeClient(config),
      buildAuthentication(config.token_endpoint_auth_method, secret),
      `invented-${crypto.randomUUID()}`,
      requestOptions(dependencies),
    );
    return isMomentary(response.status)
      ? undefined
      : response.status !== 401 && !(await readRefusal(response)).includes("invalid_client");
  } catch (error) {
    if (error instanceof OAuthError || error instanceof oauth.OperationProcessingError) {
      return undefined;
    }
    throw error;
  }
}

function isExplained({ kind }: ClientTrial): boolean {
  return kind !== "not_allowed" && kind !== "unclear";
}

/** What an answer means beside the one to an invented client. */
function judge(trial: ClientTrial, invented: ClientTrial): ClientTrial {
  const isSame = JSON.stringify(trial) === JSON.stringify(invented);
  switch (trial.kind) {
    case "not_allowed":
      return isSame ? { kind: "refused" } : trial;
    case "unclear":
      return invented.kind === "refused" ? { kind: "known", code: trial.code } : trial;
    default:
      return trial;
  }
}

/** Nobody's: the real one is sent with the client that it belongs to alone. */
const INVENTED_SECRET = `invented-${crypto.randomUUID()}`;

async function requestInvented(
  upstream: Upstream,
  examination: Examination,
  dependencies: FetchDependencies,
): Promise<ClientTrial> {
  const { token_endpoint_auth_method: method } = upstream.config;
  const invented = { ...examination, clientSecret: INVENTED_SECRET };
  return await request(withInventedClient(upstream), method, invented, dependencies);
}

function withInventedClient({ config, server }: Upstream): Upstream {
  return { server, config: { ...config, client_id: `invented-${crypto.randomUUID()}` } };
}

async function request(
  { config, server }: Upstream,
  method: string,
  { clientSecret, redirectUri }: Examination,
  dependencies: FetchDependencies,
): Promise<ClientTrial> {
  try {
    await explainFailure("token", async () =>
      await readTokenAnswer(
        await oauth.genericTokenEndpointRequest(
          server,
          describeClient(config),
          buildAuthentication(method, clientSecret),
          "authorization_code",
          {
            code: `invented-${crypto.randomUUID()}`,
            redirect_uri: redirectUri,
            code_verifier: oauth.generateRandomCodeVerifier(),
          },
          requestOptions(dependencies),
        ),
      ));
    return { kind: "any_code" };
  } catch (error) {
    return error instanceof OAuthError ? readTrial(error) : { kind: "unreachable" };
  }
}

function readTrial({ detail }: OAuthError): ClientTrial {
  const { status = null, error_code: code = null, problem = null } = (detail ?? {}) as Partial<
    UpstreamFailureDetail
  >;
  switch (code) {
    case "invalid_grant":
      return { kind: "accepted" };
    case "invalid_client":
      return { kind: "refused" };
    case "unauthorized_client":
    case "unsupported_grant_type":
      return { kind: "not_allowed", code };
    case "temporarily_unavailable":
    case "slow_down":
      return { kind: "unreachable" };
    case null:
      break;
    case "server_error":
      return { kind: "unreachable" };
    default:
      if (status === 404 || status === 405) {
        return { kind: "not_found", status };
      }
      return { kind: "unclear", code };
  }
  if (status === 401) {
    return { kind: "refused" };
  }
  const isElsewhere = problem === "refused" || problem === "html" || problem === "unreadable";
  return isElsewhere && status !== null && status < 500 && status !== 429 && status !== 408
    ? { kind: "not_found", status }
    : { kind: "unreachable" };
}

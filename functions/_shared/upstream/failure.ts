/**
 * What a failure of the upstream means for a login.
 *
 * A failure of the moment (unreachable, 429, 5xx, nonsense) becomes
 * `temporarily_unavailable`, a refusal becomes `server_error`. No text of the
 * upstream is passed on: the detail beside the reason has words from fixed
 * lists.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { type FailureDetail, OAuthError, unavailable } from "../errors.ts";
import { AnsweredWithRedirect } from "../http/safe_fetch.ts";
import { count, nameUpstreamStep } from "../telemetry/telemetry.ts";
import {
  toErrorCode,
  type UpstreamFailureDetail,
  type UpstreamMember,
  type UpstreamProblem,
  type UpstreamStep,
} from "./failure_detail.ts";

/** An answer of the provider that cannot be used or must not be trusted. */
export class ProviderFailure extends Error {
  override readonly name = "ProviderFailure";
  readonly detail: Partial<UpstreamFailureDetail>;

  constructor(detail: Partial<UpstreamFailureDetail>, cause?: unknown) {
    super("The provider's answer cannot be used", { cause });
    this.detail = detail;
  }
}

/** An answer in which the provider refuses. Its words decide what it means, and nobody sees them. */
export class ProviderRefusal extends Error {
  override readonly name = "ProviderRefusal";
  readonly status: number;
  /** Everything in the answer that can be an error code, in lower case, the code itself first. */
  readonly words: readonly string[];
  /** Whether the answer was a page for people. */
  readonly isPage: boolean;

  constructor(status: number, words: readonly string[], isPage = false) {
    super("The provider refused");
    this.status = status;
    this.words = words;
    this.isPage = isPage;
  }
}

/** Runs a step of the upstream leg and explains what it throws. */
export async function explainFailure<Result>(
  step: UpstreamStep,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await nameUpstreamStep(step, run);
  } catch (cause) {
    const failure = explain(step, cause);
    countFailure(step, failure);
    throw failure;
  }
}

/** Counts a failure by step, reason and what was wrong, which are words from fixed lists. */
function countFailure(step: UpstreamStep, { reason, detail }: OAuthError): void {
  const problem = detail?.["problem"];
  count("gatepost.upstream.failures", {
    "gatepost.upstream.step": step,
    "error.type": reason,
    "gatepost.upstream.problem": typeof problem === "string" ? problem : undefined,
  });
}

function explain(step: UpstreamStep, thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) {
    return addDetail(step, thrown);
  }
  const failure = thrown instanceof ProviderFailure || thrown instanceof ProviderRefusal
    ? thrown
    : readLibraryFailure(step, thrown);
  if (failure instanceof ProviderRefusal) {
    return explainRefusal(step, failure);
  }
  const detail = { ...describeStep(step), ...failure.detail };
  if (detail.problem === "too_large") {
    return refusedPart(thrown, detail);
  }
  if (detail.member !== null && ENDPOINTS.has(detail.member)) {
    return refused("upstream_metadata_incomplete", thrown, detail);
  }
  return step === "id_token" || UNTRUSTED_PROBLEMS.has(detail.problem)
    ? refused("upstream_untrusted", thrown, detail)
    : unavailable(DOES_NOT_ANSWER, "upstream_unavailable", thrown, detail);
}

const DOES_NOT_ANSWER = "Cannot log in now: the provider does not answer as it should, try again";

/** What a provider's metadata or the config must name. */
const ENDPOINTS = new Set<UpstreamMember>([
  "authorization_endpoint",
  "token_endpoint",
  "revocation_endpoint",
  "jwks_uri",
]);

/** The members of a document that discovery keeps. */
const METADATA = new Set<UpstreamMember>([...ENDPOINTS, "userinfo_endpoint", "issuer"]);

/** Problems of an answer that was understood and must not be trusted. */
const UNTRUSTED_PROBLEMS = new Set<UpstreamProblem | null>([
  "mismatch",
  "expired",
  "not_yet_valid",
  "algorithm",
  "no_key",
  "signature",
]);

/** A detail that has the step only. */
function describeStep(step: UpstreamStep): UpstreamFailureDetail {
  return { step, status: null, error_code: null, member: null, problem: null };
}

/** Adds the step to an error of `safe_fetch`, which does not know it. */
function addDetail(step: UpstreamStep, error: OAuthError): OAuthError {
  if (error.detail !== undefined || !error.reason.startsWith("upstream_")) {
    return error;
  }
  const { code, message, reason, headers, cause } = error;
  if (cause instanceof OAuthError && cause.code === "payload_too_large") {
    return unavailable(
      "Cannot log in now: an answer of the provider is too large, try again",
      "upstream_answer_too_large",
      error,
      { ...describeStep(step), problem: "too_large" },
    );
  }
  const problem = cause instanceof AnsweredWithRedirect ? "redirect" : "unreachable";
  return new OAuthError(code, message, {
    reason,
    headers,
    cause,
    detail: { ...describeStep(step), problem },
  });
}

/** A part of an answer that is larger than Gatepost takes. */
function refusedPart(cause: unknown, detail: UpstreamFailureDetail): OAuthError {
  const { member } = detail;
  const [what, reason] = member === "access_token" || member === "id_token"
    ? ["a token of the provider", "upstream_token_too_large"]
    : member !== null && METADATA.has(member)
    ? ["the provider's metadata", "upstream_metadata_too_large"]
    : ["what the provider says", "upstream_answer_too_large"];
  return new OAuthError("server_error", `Cannot log in: ${what} is too large`, { reason, cause, detail });
}

/** Whether a status means trouble of the moment, for any request. */
export function isMomentary(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}

function explainRefusal(step: UpstreamStep, refusal: ProviderRefusal): OAuthError {
  const { status, words } = refusal;
  const error_code = toErrorCode(words);
  const detail: UpstreamFailureDetail = { ...describeStep(step), status, error_code, problem: "refused" };
  return isMomentary(status) || error_code === "temporarily_unavailable" || error_code === "slow_down"
    ? unavailable(DOES_NOT_ANSWER, "upstream_unavailable", refusal, detail)
    : refused("upstream_refused", refusal, detail);
}

/** What oauth4webapi found before it sent a request: an endpoint that is missing, or whose URL cannot be used. */
function readLibraryFailure(step: UpstreamStep, thrown: unknown): ProviderFailure {
  if (!(thrown instanceof oauth.OperationProcessingError)) {
    throw thrown;
  }
  const problem = thrown.code === oauth.MISSING_SERVER_METADATA ? "missing" : "malformed";
  const member = step === "revocation" ? "revocation_endpoint" : "token_endpoint";
  return new ProviderFailure({ member, problem }, thrown);
}

/** A login that the upstream refused, or an upstream that Gatepost does not trust. */
export function refused(reason: string, cause: unknown, detail?: FailureDetail): OAuthError {
  return new OAuthError(
    "server_error",
    "Cannot log in: the provider refused or its answer cannot be trusted",
    { reason, cause, detail },
  );
}

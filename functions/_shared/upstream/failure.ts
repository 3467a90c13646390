/**
 * What a failure of the upstream means for a login.
 *
 * A failure of the moment (unreachable, 429, 5xx, nonsense) leaves as
 * `temporarily_unavailable`, a refusal as `server_error`. No text of the
 * upstream leaves at all; the detail beside the reason uses words from fixed
 * lists.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { type FailureDetail, OAuthError, unavailable } from "../errors.ts";
import { AnsweredWithRedirect } from "../http/safe_fetch.ts";
import {
  toErrorCode,
  type UpstreamFailureDetail,
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

/** An answer in which the provider says no. Its words stay inside: they decide, and are shown to nobody. */
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
    return await run();
  } catch (cause) {
    throw explain(step, cause);
  }
}

function explain(step: UpstreamStep, thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) {
    return addDetail(step, thrown);
  }
  const failure = thrown instanceof ProviderFailure || thrown instanceof ProviderRefusal
    ? thrown
    : readLibraryFailure(thrown);
  if (failure instanceof ProviderRefusal) {
    return explainRefusal(step, failure);
  }
  const detail = { ...describeStep(step), ...failure.detail };
  if (step === "id_token" || UNTRUSTED_PROBLEMS.has(detail.problem)) {
    return refused("upstream_untrusted", thrown, detail);
  }
  return detail.problem === "too_large"
    ? refused("upstream_answer_too_large", thrown, detail)
    : unavailable(DOES_NOT_ANSWER, "upstream_unavailable", thrown, detail);
}

const DOES_NOT_ANSWER = "Cannot log in now: the provider does not answer as it should, try again";

/** Problems of an answer that was understood and must not be trusted. */
const UNTRUSTED_PROBLEMS = new Set<UpstreamProblem | null>([
  "mismatch",
  "expired",
  "not_yet_valid",
  "algorithm",
  "no_key",
  "signature",
]);

/** A detail of which only the step is known. */
function describeStep(step: UpstreamStep): UpstreamFailureDetail {
  return { step, status: null, error_code: null, member: null, problem: null };
}

/** What `safe_fetch` throws says what happened on the way, and not yet at which step. */
function addDetail(step: UpstreamStep, error: OAuthError): OAuthError {
  if (error.detail !== undefined || !error.reason.startsWith("upstream_")) {
    return error;
  }
  const { code, message, reason, headers, cause } = error;
  const problem = cause instanceof AnsweredWithRedirect
    ? "redirect"
    : cause instanceof OAuthError && cause.code === "payload_too_large"
    ? "too_large"
    : "unreachable";
  return new OAuthError(code, message, {
    reason,
    headers,
    cause,
    detail: { ...describeStep(step), problem },
  });
}

/** Statuses of a server that has trouble of the moment, whatever it was asked. */
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

/** Codes of oauth4webapi that stand for an answer that must not be trusted. */
const UNTRUSTED_CODES = new Set<unknown>([
  oauth.JWT_CLAIM_COMPARISON,
  oauth.JWT_TIMESTAMP_CHECK,
  oauth.JSON_ATTRIBUTE_COMPARISON,
  oauth.KEY_SELECTION,
  oauth.UNSUPPORTED_OPERATION,
  oauth.MISSING_SERVER_METADATA,
  oauth.INVALID_SERVER_METADATA,
  oauth.HTTP_REQUEST_FORBIDDEN,
  oauth.REQUEST_PROTOCOL_FORBIDDEN,
]);

/**
 * What oauth4webapi threw, in the words of this module.
 *
 * A signature or a claim that is wrong shares its code with a document of
 * another shape; only the latter names its body.
 */
function readLibraryFailure(thrown: unknown): ProviderFailure | ProviderRefusal {
  const { code, cause, status } = thrown as { code?: unknown; cause?: unknown; status?: unknown };
  if (
    UNTRUSTED_CODES.has(code) ||
    (code === oauth.INVALID_RESPONSE && (cause as { body?: unknown } | undefined)?.body === undefined)
  ) {
    return new ProviderFailure({ problem: "mismatch" }, thrown);
  }
  const answered = cause instanceof Response ? cause.status : status;
  return typeof answered === "number" && answered >= 400
    ? new ProviderRefusal(answered, [])
    : new ProviderFailure({ problem: "malformed" }, thrown);
}

/** The refusal of a login by an upstream, or of an upstream by us. */
export function refused(reason: string, cause: unknown, detail?: FailureDetail): OAuthError {
  return new OAuthError(
    "server_error",
    "Cannot log in: the provider refused or its answer cannot be trusted",
    { reason, cause, detail },
  );
}

/** What the person or the provider decided against; its own description stays here. */
export function explainAuthorizationError(cause: oauth.AuthorizationResponseError): OAuthError {
  switch (cause.error) {
    case "access_denied":
      return new OAuthError("access_denied", "Cannot log in: the provider denied access", {
        reason: "upstream_denied",
        cause,
      });
    case "login_required":
    case "interaction_required":
    case "account_selection_required":
      return new OAuthError("login_required", "Cannot log in: the provider wants the person to log in", {
        reason: "upstream_login_required",
        cause,
      });
    case "consent_required":
      return new OAuthError("consent_required", "Cannot log in: the provider wants the person to consent", {
        reason: "upstream_consent_required",
        cause,
      });
    case "temporarily_unavailable":
    case "server_error":
      return unavailable("Cannot log in now: the provider has a problem, try again", "upstream_error", cause);
    default:
      return refused("upstream_refused", cause);
  }
}

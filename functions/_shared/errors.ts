/**
 * The one error class, and the status of every code it can carry.
 *
 * `message` is public and goes to the caller; `reason` is a stable slug for the
 * log and the audit. Codes are those of RFC 6749 §4.1.2.1 and §5.2, RFC 6750
 * §3.1, RFC 7591 §3.2.2, RFC 8707 §2 and OpenID Connect Core §3.1.2.6. A code
 * that no standard has is the name of its HTTP status.
 *
 * @module
 */

const STATUS = {
  invalid_request: 400,
  invalid_grant: 400,
  invalid_target: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  unsupported_token_type: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  login_required: 400,
  consent_required: 400,
  invalid_client: 401,
  invalid_token: 401,
  access_denied: 403,
  insufficient_scope: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
  server_error: 500,
  bad_gateway: 502,
  temporarily_unavailable: 503,
  gateway_timeout: 504,
  loop_detected: 508,
} as const;

/** Every code that can reach a caller. */
export type ErrorCode = keyof typeof STATUS;

/** What an error says beside its code and its public sentence. */
export interface ErrorDetails {
  /** Stable slug for the log and the audit; the code by default. */
  reason?: string;
  /** The original error. It goes to the log only. */
  cause?: unknown;
  /** Response headers that the error needs, such as `Allow`. */
  headers?: Record<string, string>;
  /** More than the reason, in words from fixed lists; goes to the log and the audit. */
  detail?: FailureDetail | undefined;
  /** Parameters of the challenge that asks for a token (RFC 6750 §3), beside the error's own. */
  challenge?: Record<string, string>;
  /** What a person can do about it: a sentence for the page that shows the error. */
  advice?: string | undefined;
  /** The HTTP status, where it is not the one that stands for the code. */
  status?: number;
}

/** Where a failure happened and what was wrong, as words from fixed lists, numbers and null. */
export type FailureDetail = Readonly<Record<string, string | number | null>>;

/** A refusal or a failure with a sentence for the caller and a reason for the log. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly code: ErrorCode;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly detail: FailureDetail | undefined;
  readonly challenge: Record<string, string>;
  readonly advice: string | undefined;
  /** The HTTP status. */
  readonly status: number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.reason = details.reason ?? code;
    this.headers = details.headers ?? {};
    this.detail = details.detail;
    this.challenge = details.challenge ?? {};
    this.advice = details.advice;
    this.status = details.status ?? STATUS[code];
  }
}

/** A failure of the moment: nothing is lost, and the caller may try again. */
export function unavailable(
  message: string,
  reason: string,
  cause?: unknown,
  detail?: FailureDetail,
): OAuthError {
  return new OAuthError("temporarily_unavailable", message, {
    reason,
    cause,
    detail,
    headers: { "Retry-After": "5" },
  });
}

/** A bound on rows is reached (RFC 6585 §4): nothing is stored, and there is room again within minutes. */
export function crowded(message: string): OAuthError {
  return new OAuthError("temporarily_unavailable", message, {
    reason: "crowded",
    status: 429,
    headers: { "Retry-After": "60" },
    advice: "Many people or programs connect at this moment. Wait a minute and connect again",
  });
}

/** A thrown value as an `OAuthError`. What is not one becomes `server_error` with a fixed sentence. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) {
    return thrown;
  }
  return new OAuthError("server_error", "Cannot answer: an unexpected error occurred", { cause: thrown });
}

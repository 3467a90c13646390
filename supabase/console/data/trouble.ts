/**
 * Why something could not be read or done, as the pages tell it.
 *
 * @module
 */

/** The kinds of trouble that a page tells apart; `no such view`: the project's schema is older than the console. */
export type TroubleKind = "unreachable" | "signed out" | "not allowed" | "no such view" | "failed";

/** A request that came to nothing. */
export class Trouble extends Error {
  override name = "Trouble";
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** An RPC or a function that refused. Nothing was changed. */
export class Refusal extends Error {
  override name = "Refusal";
  /** Such as `forbidden` or `invalid`. */
  readonly outcome: string;
  /** The argument without `p_` that has to be different, such as `email`. */
  readonly argument: string | undefined;
  /** What it has to be, in the database's words. */
  readonly expected: string | undefined;

  constructor(outcome: string, details: { argument?: string | null; expected?: string | null } = {}) {
    super(outcome);
    this.outcome = outcome;
    this.argument = details.argument?.replace(/^p_/, "") ?? undefined;
    this.expected = details.expected ?? undefined;
  }
}

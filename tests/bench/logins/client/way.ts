/**
 * What a login is made of: where it goes, and the steps that are timed.
 *
 * @module
 */

/** The steps of a login. Each side has those that its login is made of. */
export const steps = [
  "authorize",
  "sign in",
  "consent",
  "upstream",
  "callback",
  "token",
  "userinfo",
  "refresh",
] as const;
export type Step = (typeof steps)[number];

/** How a person gets from the first page to the code. */
export type Walk = "brokered" | "two pages" | "pages over an API";

/** A registered client, and where it sends people. */
export interface Way {
  walk: Walk;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  userinfoEndpoint: string;
  clientId: string;
  redirectUri: string;
  scope: string;
  resource?: string;
}

/** What to run: so many users, each as often as it can. */
export interface Load {
  /** Each login takes one of them at random. */
  ways: Way[];
  work: "login" | "refresh";
  users: number;
  seconds: number;
}

/** What one turn gave. */
export interface Turn {
  /** Whole logins, or refreshes where those were the work. */
  done: number;
  perSecond: number;
  /** Of each whole login, and of each of its steps. */
  milliseconds: { whole: number[] } & Partial<Record<Step, number[]>>;
}

/** How many people there are. Each login is that of one of them. */
const PEOPLE = 200;

/** The names of all people. */
export const people: readonly string[] = Array.from({ length: PEOPLE }, (_, index) => `person-${index}`);

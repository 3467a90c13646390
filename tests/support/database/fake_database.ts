/**
 * A database that answers the calls a test names, refuses every other one, and remembers what it was asked.
 *
 * It answers with rows, as SQL does: the schema of the caller parses them.
 *
 * @module
 */

import type { Arguments, Database, FunctionName } from "../../../functions/_shared/database/database.ts";

/** A row, as SQL returns it, or an outcome where that is all. */
export type Row = string | { outcome: string; [column: string]: unknown };

/** The answer to each call that is allowed, by its SQL name: a row, an error to throw, or a function of the arguments. */
export type Answers = { [Name in FunctionName]?: Row | Error | ((args: Arguments<Name>) => Row) };

/** A call that was made. */
export interface DatabaseCall {
  name: FunctionName;
  args: Record<string, unknown>;
}

/** The fake, with the calls that were made of it. */
export type FakeDatabase = Database & { calls: DatabaseCall[] };

/** Builds the fake. */
export function fakeDatabase(answers: Answers = {}): FakeDatabase {
  const calls: DatabaseCall[] = [];
  return {
    calls,
    call: (name, args) => {
      calls.push({ name, args });
      // Thrown at once, not as a rejection: a caller that expects failures must not swallow this one.
      if (!(name in answers)) {
        throw new Error(`The test did not name the call ${name}`);
      }
      return answer(answers[name], args);
    },
  };
}

/** The arguments of the only call that was made. */
export function onlyArguments(database: FakeDatabase, name: FunctionName): Record<string, unknown> {
  const names = database.calls.map((call) => call.name);
  if (names.length !== 1 || names[0] !== name) {
    throw new Error(`Expected one call ${name}, made were: ${names.join(", ") || "none"}`);
  }
  return database.calls[0]!.args;
}

// deno-lint-ignore require-await -- a failure must leave as a rejection.
async function answer(given: unknown, args: unknown): Promise<unknown> {
  const result = typeof given === "function" ? given(args) : given;
  if (result instanceof Error) {
    throw result;
  }
  return result;
}

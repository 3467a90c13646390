/**
 * A database that answers the calls a test names, refuses every other one, and remembers what it was asked.
 *
 * @module
 */

import type { Database } from "../../../functions/_shared/database/database.ts";

type Name = keyof Database;
type Answer<N extends Name> = Awaited<ReturnType<Database[N]>>;
type Arguments<N extends Name> = Parameters<Database[N]>[0];

/** The answer to each call that is allowed: a result, an error to throw, or a function of the arguments. */
export type Answers = { [N in Name]?: Answer<N> | Error | ((args: Arguments<N>) => Answer<N>) };

/** A call that was made. */
export type DatabaseCall = { [N in Name]: { name: N; args: Arguments<N> } }[Name];

/** The fake, with the calls that were made of it. */
export type FakeDatabase = Database & { calls: DatabaseCall[] };

/** Builds the fake. */
export function fakeDatabase(answers: Answers = {}): FakeDatabase {
  const calls: DatabaseCall[] = [];
  return new Proxy({} as FakeDatabase, {
    get(_target, name: string): unknown {
      if (name === "calls") {
        return calls;
      }
      return (args: Record<string, unknown>) => {
        calls.push({ name, args } as DatabaseCall);
        // Thrown at once, not as a rejection: a caller that expects failures must not swallow this one.
        if (!(name in answers)) {
          throw new Error(`The test did not name the call ${name}`);
        }
        return answer(answers[name as Name], args);
      };
    },
  });
}

/** The arguments of the only call that was made. */
export function onlyArguments<N extends Name>(database: FakeDatabase, name: N): Arguments<N> {
  const names = database.calls.map((call) => call.name);
  if (names.length !== 1 || names[0] !== name) {
    throw new Error(`Expected one call ${name}, made were: ${names.join(", ") || "none"}`);
  }
  return database.calls[0]!.args as Arguments<N>;
}

// deno-lint-ignore require-await -- a failure must leave as a rejection.
async function answer(given: unknown, args: unknown): Promise<unknown> {
  const result = typeof given === "function" ? given(args) : given;
  if (result instanceof Error) {
    throw result;
  }
  return result;
}

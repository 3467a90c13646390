/**
 * Stands in for `jsr:@std/assert` where JSR cannot be reached: the same names over `node:assert/strict`.
 *
 * Only what the tests use is here.
 *
 * @module
 */

import nodeAssert from "node:assert/strict";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Fails unless a value is truthy. */
export function assert(value: unknown, message = "the value is not truthy"): asserts value {
  nodeAssert.ok(value, message);
}

/** Fails unless two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, message);
}

/** Fails if two values are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.notDeepStrictEqual(actual, expected, message);
}

/** Fails if a value is null or undefined. */
export function assertExists<T>(
  actual: T,
  message = "the value does not exist",
): asserts actual is NonNullable<T> {
  nodeAssert.ok(actual !== undefined && actual !== null, message);
}

/** Fails unless a text matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  nodeAssert.match(actual, expected, message);
}

/** Fails unless a text contains another. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  nodeAssert.ok(actual.includes(expected), message ?? `"${actual}" does not include "${expected}"`);
}

/** Fails unless a value is an instance of a class. */
export function assertInstanceOf<E extends Error>(actual: unknown, type: ErrorClass<E>): asserts actual is E {
  nodeAssert.ok(actual instanceof type, `the value is not a ${type.name}`);
}

/** Fails unless a function throws, and returns what it threw. */
export function assertThrows<E extends Error>(act: () => unknown, type?: ErrorClass<E>, includes = ""): E {
  try {
    act();
  } catch (thrown) {
    return checkThrown(thrown, type, includes);
  }
  throw new nodeAssert.AssertionError({ message: "nothing was thrown" });
}

/** Fails unless a promise is rejected, and returns the reason. */
export async function assertRejects<E extends Error>(
  act: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  includes = "",
): Promise<E> {
  try {
    await act();
  } catch (thrown) {
    return checkThrown(thrown, type, includes);
  }
  throw new nodeAssert.AssertionError({ message: "the promise was not rejected" });
}

/** Fails always. */
export function fail(message = "failed"): never {
  throw new nodeAssert.AssertionError({ message });
}

function checkThrown<E extends Error>(thrown: unknown, type: ErrorClass<E> | undefined, includes: string): E {
  if (type) {
    assertInstanceOf(thrown, type);
  }
  const error = thrown as E;
  assertStringIncludes(error.message, includes);
  return error;
}

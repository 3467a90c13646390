import { assertEquals, assertRejects } from "@std/assert";
import { buildExpiringCache, type ExpiringCache } from "../../functions/_shared/expiring_cache.ts";

const OWNER = "org_1";

function build<Result>(
  changes: { maxBytes?: number; now?: () => number; sizeOf?: (result: Result) => number } = {},
): ExpiringCache<Result> {
  const { maxBytes = 100_000, now = (): number => 0, sizeOf = (): number => 0 } = changes;
  return buildExpiringCache<Result>({ milliseconds: 100, maxEntries: 10, maxBytes, sizeOf }, now);
}

/** A finder that counts how often it was asked. */
function counting(): { find: () => Promise<number> } {
  let asked = 0;
  return { find: () => Promise.resolve(++asked) };
}

Deno.test("a result is kept for its time and no longer", async () => {
  let time = 0;
  const cache = build<number>({ now: () => time });
  const { find } = counting();

  const results = [];
  for (time of [0, 99, 100, 199]) {
    results.push(await cache.get("key", OWNER, find));
  }

  assertEquals(results, [1, 1, 2, 2]);
});

Deno.test("who asks while a result is looked up shares it", async () => {
  const cache = build<number>();
  const { find } = counting();

  const results = await Promise.all([
    cache.get("key", OWNER, find),
    cache.get("key", OWNER, find),
    cache.get("other", OWNER, find),
  ]);

  assertEquals(results, [1, 1, 2]);
});

Deno.test("a failure is not kept", async () => {
  const cache = build<number>();
  await assertRejects(() => cache.get("key", OWNER, () => Promise.reject(new Error("for a moment"))));

  assertEquals(await cache.get("key", OWNER, () => Promise.resolve(7)), 7);
});

Deno.test("a deleted result is looked up again", async () => {
  const cache = build<number>();
  const { find } = counting();
  await cache.get("key", OWNER, find);

  cache.delete("key");

  assertEquals(await cache.get("key", OWNER, find), 2);
});

Deno.test("a result that was deleted while it was looked up is not kept", async () => {
  const cache = build<number>();
  const { find } = counting();
  const first = cache.get("key", OWNER, find);

  cache.delete("key");

  assertEquals([await first, await cache.get("key", OWNER, find)], [1, 2]);
});

Deno.test("a result counts with its bytes, also when it grows", async () => {
  const cache = build<{ text: string }>({ maxBytes: 2000, sizeOf: ({ text }) => text.length });
  const large = { text: "" };
  await cache.get("large", OWNER, () => Promise.resolve(large));
  await cache.get("small", OWNER, () => Promise.resolve({ text: "kept" }));

  large.text = "x".repeat(2000);
  cache.measure("large");

  const found = await Promise.all(
    ["large", "small"].map((key) => cache.get(key, OWNER, () => Promise.resolve({ text: "anew" }))),
  );
  assertEquals(found.map(({ text }) => text), ["anew", "kept"]);
});

Deno.test("a result can say on whose account it is kept", async () => {
  const cache = build<string>({ maxBytes: 2000, sizeOf: () => 500 });
  await cache.get("other", (result) => result, () => Promise.resolve("org_2"));
  for (const key of ["a", "b", "c", "d"]) {
    await cache.get(key, (result) => result, () => Promise.resolve("org_1"));
  }

  assertEquals(await cache.get("other", OWNER, () => Promise.resolve("anew")), "org_2");
});

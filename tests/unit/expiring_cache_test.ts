import { assertEquals, assertRejects } from "@std/assert";
import { buildExpiringCache } from "../../functions/_shared/expiring_cache.ts";

/** A finder that counts how often it was asked. */
function counting(): { find: () => Promise<number> } {
  let asked = 0;
  return { find: () => Promise.resolve(++asked) };
}

Deno.test("a result is kept for its time and no longer", async () => {
  let time = 0;
  const cache = buildExpiringCache<number>(100, 10, () => time);
  const { find } = counting();

  const results = [];
  for (time of [0, 99, 100, 199]) {
    results.push(await cache.get("key", find));
  }

  assertEquals(results, [1, 1, 2, 2]);
});

Deno.test("who asks while a result is looked up shares it", async () => {
  const cache = buildExpiringCache<number>(100, 10, () => 0);
  const { find } = counting();

  const results = await Promise.all([
    cache.get("key", find),
    cache.get("key", find),
    cache.get("other", find),
  ]);

  assertEquals(results, [1, 1, 2]);
});

Deno.test("a failure is not kept", async () => {
  const cache = buildExpiringCache<number>(100, 10, () => 0);
  await assertRejects(() => cache.get("key", () => Promise.reject(new Error("for a moment"))));

  assertEquals(await cache.get("key", () => Promise.resolve(7)), 7);
});

Deno.test("a deleted result is looked up again", async () => {
  const cache = buildExpiringCache<number>(100, 10, () => 0);
  const { find } = counting();
  await cache.get("key", find);

  cache.delete("key");

  assertEquals(await cache.get("key", find), 2);
});

Deno.test("a full cache starts anew and so cannot grow", async () => {
  const cache = buildExpiringCache<number>(100, 2, () => 0);
  const { find } = counting();
  for (const key of ["a", "b", "c"]) {
    await cache.get(key, find);
  }

  assertEquals([await cache.get("c", find), await cache.get("a", find)], [3, 4]);
});

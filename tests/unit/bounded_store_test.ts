import { assert, assertEquals } from "@std/assert";
import { type BoundedStore, buildBoundedStore } from "../../functions/_shared/bounded_store.ts";

/** What an entry takes beside its value: 256 bytes, and its key. */
const EMPTY = 256;

interface Clock {
  time: number;
}

function build(maxEntries: number, maxBytes = Infinity, clock: Clock = { time: 0 }): BoundedStore<string> {
  return buildBoundedStore<string>({ maxEntries, maxBytes }, () => clock.time);
}

function put(store: BoundedStore<string>, key: string, owner = "org_1", bytes = 0, until = 100): void {
  store.put(key, key, { owner, bytes, until });
}

function list(store: BoundedStore<string>, keys: string[]): string[] {
  return keys.filter((key) => store.find(key) !== undefined);
}

Deno.test("an entry is found until it expires", () => {
  const clock = { time: 0 };
  const store = build(10, 10_000, clock);
  put(store, "a");

  const found = [];
  for (clock.time of [0, 99, 100]) {
    found.push(store.find("a"));
  }

  assertEquals(found, ["a", "a", undefined]);
});

Deno.test("beyond its number a store drops its oldest entry, and no other", () => {
  const store = build(3);
  ["a", "b", "c", "d"].forEach((key) => put(store, key));

  assertEquals(list(store, ["a", "b", "c", "d"]), ["b", "c", "d"]);
});

Deno.test("beyond its bytes a store drops as many of the oldest entries as it takes", () => {
  const store = build(100, 4 * EMPTY);
  ["a", "b", "c"].forEach((key) => put(store, key));
  put(store, "d", "org_1", EMPTY);

  assertEquals(list(store, ["a", "b", "c", "d"]), ["c", "d"]);
  assert(store.countBytes() <= 4 * EMPTY);
});

Deno.test("an entry that is larger than the store is not kept, and pushes out nothing of others", () => {
  const store = build(100, 4 * EMPTY);
  put(store, "other", "org_2");
  put(store, "a", "org_1", 5 * EMPTY);

  assertEquals(list(store, ["other", "a"]), ["other"]);
});

for (const [limit, store] of [["number", build(20)], ["bytes", build(1000, 20 * (EMPTY + 10))]] as const) {
  Deno.test(`who fills a store beyond its ${limit} pushes out its own entries, and no entry of those who have less`, () => {
    const others = ["o1", "o2", "o3", "o4"];
    others.forEach((key, index) => put(store, key, `org_${index % 2}`));
    for (let count = 0; count < 500; count++) {
      put(store, `h${count}`, "hostile");
    }

    assertEquals(list(store, others), others);
    assertEquals(store.find("h499"), "h499");
  });
}

Deno.test("two who fill a store get half of it each", () => {
  const store = build(20);
  for (let count = 0; count < 100; count++) {
    put(store, `a${count}`, "org_a");
    put(store, `b${count}`, "org_b");
  }

  const kept = Array.from({ length: 100 }, (_, count) => [`a${count}`, `b${count}`]).flat();
  const [a, b] = ["a", "b"].map((name) => list(store, kept).filter((key) => key.startsWith(name)).length);
  assertEquals([a, b], [10, 10]);
});

Deno.test("an expired entry leaves when the next one comes, though nobody asks for it", () => {
  const clock = { time: 0 };
  const store = build(10, 10_000, clock);
  put(store, "a", "org_1", 1000);
  clock.time = 100;
  put(store, "b", "org_2", 0, 200);

  assertEquals(store.countBytes(), EMPTY + 1);
});

Deno.test("an expired entry leaves by itself, though nobody uses the store", async () => {
  const store = buildBoundedStore<string>({ maxEntries: 10, maxBytes: 10_000 }, Date.now);
  store.put("a", "a", { owner: "org_1", bytes: 1000, until: Date.now() + 20 });

  const deadline = Date.now() + 10_000;
  while (store.countBytes() > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  assertEquals(store.countBytes(), 0);
});

Deno.test("what is put again, resized or deleted is counted once", () => {
  const store = build(10, 10_000);
  put(store, "a", "org_1", 500);
  put(store, "a", "org_2", 300);
  put(store, "b", "org_1", 200);
  store.resize("b", 100);
  store.resize("unknown", 100);
  const before = store.countBytes();
  ["a", "b", "unknown"].forEach(store.delete);

  assertEquals([before, store.countBytes()], [2 * (EMPTY + 1) + 400, 0]);
});

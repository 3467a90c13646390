/**
 * The console has a text for every event that SQL writes into the audit, in every language, and for no other.
 */

import { assert, assertEquals } from "@std/assert";
import { EVENTS_DE } from "../../supabase/console/texts/events/de.ts";
import { EVENTS_EN } from "../../supabase/console/texts/events/en.ts";

const functions = new URL("../../supabase/schemas/functions/", import.meta.url);

/** How SQL names an event. The recorders pass on what they are given. */
const NAMED = /\bp_event => (case\b.*?\bend\b|'\w+'(?= *[,\n)])|p_event\b|[^,\n]+)/gs;

/** How SQL builds a name, and what it becomes. */
const BUILT: Record<string, string[]> = {
  "'user_' || v_change.outcome": ["user_blocked", "user_unblocked"],
};

async function listEvents(): Promise<{ events: Set<string>; unread: string[] }> {
  const events = new Set<string>();
  const unread: string[] = [];
  for await (const { name } of Deno.readDir(functions)) {
    const text = await Deno.readTextFile(new URL(name, functions));
    for (const [, named = ""] of text.matchAll(NAMED)) {
      const slugs = BUILT[named] ?? [...named.matchAll(/'(\w+)'/g)].map(([, slug]) => slug!);
      slugs.forEach((slug) => events.add(slug));
      if (slugs.length === 0 && named !== "p_event") {
        unread.push(`${name}: ${named}`);
      }
    }
  }
  return { events, unread };
}

Deno.test("the console has a text for every event of the audit, and for no other", async () => {
  const { events, unread } = await listEvents();

  assertEquals(unread, []);
  assertEquals(Object.keys(EVENTS_EN), [...events].sort());
  assertEquals(Object.keys(EVENTS_DE), Object.keys(EVENTS_EN));
});

Deno.test("every call that records an event names it in a way that is read here", async () => {
  for await (const { name } of Deno.readDir(functions)) {
    const text = await Deno.readTextFile(new URL(name, functions));
    const calls = text.matchAll(/(?<!create function )\bpublic\.record_(?:audit|platform)_event\((.*?)\);/gs);
    for (const [call, given = ""] of calls) {
      assert(given.includes("p_event => "), `${name}: ${call}`);
    }
  }
});

Deno.test("no two events have the same text, and none is empty", () => {
  for (const texts of [EVENTS_EN, EVENTS_DE]) {
    assertEquals(new Set(Object.values(texts)).size, Object.keys(texts).length);
    assert(!Object.values(texts).includes(""));
  }
});

/**
 * The clients, in a process of their own: so many users log in as often as they can.
 *
 * @module
 */

import {
  readConfiguration,
  reportListening,
  serve,
} from "../../../../supabase/local/processes/inside_child.ts";
import { logIn, refresh, type Time } from "./log_in.ts";
import { type Load, people, type Turn, type Way } from "./way.ts";

await readConfiguration();
reportListening(serve(async (request) => {
  try {
    return Response.json(await takeTurn(await request.json()));
  } catch (error) {
    return new Response(`${error instanceof Error ? error.stack : error}`, { status: 500 });
  }
}));

/**
 * A turn's speed is what its users did together, each until its own last login ended.
 *
 * No two of them are the same person: workers-oauth-provider ends one login of
 * a person where another begins.
 */
async function takeTurn({ ways, work, users, seconds }: Load): Promise<Turn> {
  const turn: Turn = { done: 0, perSecond: 0, milliseconds: { whole: [] } };
  const prepare = work === "login" ? prepareLogins : prepareRefreshes;
  const ready = await Promise.all(Array.from({ length: users }, (_, user) => {
    const own = people.filter((_person, index) => index % users === user);
    return prepare(ways, own, turn);
  }));
  const started = performance.now();
  await Promise.all(ready.map(async (act) => {
    let done = 0;
    let ended = started;
    while (ended - started < seconds * 1_000) {
      const before = ended;
      await act();
      ended = performance.now();
      turn.milliseconds.whole.push(ended - before);
      done++;
    }
    turn.done += done;
    turn.perSecond += done / ((ended - started) / 1_000);
  }));
  return turn;
}

function prepareLogins(ways: Way[], persons: string[], { milliseconds }: Turn): Promise<() => Promise<void>> {
  const time: Time = async (step, act) => {
    const before = performance.now();
    const result = await act();
    (milliseconds[step] ??= []).push(performance.now() - before);
    return result;
  };
  return Promise.resolve(async () => {
    await logIn(choose(ways), choose(persons), time);
  });
}

/** Logins whose tokens are refreshed in turn: Gatepost gives one login no more than twenty new tokens a minute. */
const REFRESHED_LOGINS = 64;

async function prepareRefreshes(ways: Way[], persons: string[]): Promise<() => Promise<void>> {
  const way = choose(ways);
  const own = persons.slice(0, Math.ceil(REFRESHED_LOGINS * persons.length / people.length));
  const logins = await Promise.all(own.map((person) => logIn(way, person, (_step, act) => act())));
  let next = 0;
  return async () => {
    const turn = next++ % logins.length;
    logins[turn] = await refresh(way, logins[turn]!);
  };
}

function choose<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

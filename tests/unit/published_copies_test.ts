import { assertEquals, assertRejects } from "@std/assert";
import { buildFindPublished, type FindPublished } from "../../functions/_shared/client/published_copies.ts";
import { OAuthError, unavailable } from "../../functions/_shared/errors.ts";

const URL_1 = "https://app.example.com/1";
const TROUBLE = unavailable("Cannot reach", "trouble");
const REFUSAL = new OAuthError("invalid_client", "Cannot log in", { reason: "refused" });

interface Publisher {
  find: FindPublished<string>;
  fetched: string[];
  clock: { time: number };
  /** What the next fetches come to; the last stays. */
  answers: (string | Error)[];
}

/** Looks up what a publisher answers, `freshSeconds` fresh. */
function publish(answers: (string | Error)[], freshSeconds = 0): Publisher {
  const fetched: string[] = [];
  const clock = { time: 0 };
  const publisher: Publisher = {
    fetched,
    clock,
    answers,
    find: buildFindPublished(async (url) => {
      fetched.push(url);
      await Promise.resolve();
      const answer = publisher.answers.length > 1 ? publisher.answers.shift()! : publisher.answers[0]!;
      if (answer instanceof Error) {
        throw answer;
      }
      return { document: answer, freshSeconds };
    }, () => clock.time),
  };
  return publisher;
}

async function ask(find: Promise<string>): Promise<string> {
  return await find.catch((error: OAuthError) => error.reason);
}

Deno.test("who asks while a fetch is under way waits for it, however many there are", async () => {
  const { find, fetched } = publish(["copy"]);

  const found = await Promise.all(Array.from({ length: 500 }, () => find(URL_1)));

  assertEquals([new Set(found), fetched.length], [new Set(["copy"]), 1]);
});

Deno.test("a copy serves while it is fresh, and not beyond", async () => {
  const { find, fetched, clock } = publish(["first", "second"], 60);

  const found = [await find(URL_1)];
  clock.time = 59_999;
  found.push(await find(URL_1));
  clock.time = 60_000;
  found.push(await find(URL_1));

  assertEquals([found, fetched.length], [["first", "first", "second"], 2]);
});

for (const [kind, error, seconds] of [["trouble", TROUBLE, 5], ["a refusal", REFUSAL, 30]] as const) {
  Deno.test(`${kind} is remembered for ${seconds} seconds: 500 requests ask its host once`, async () => {
    const { find, fetched, clock } = publish([error, "copy"]);

    const found = [];
    for (let count = 0; count < 500; count++) {
      found.push(await ask(find(URL_1)));
    }
    const asked = fetched.length;
    clock.time = seconds * 1000 - 1;
    found.push(await ask(find(URL_1)));
    clock.time = seconds * 1000;
    const last = await find(URL_1);

    assertEquals([new Set(found), asked, last, fetched.length], [new Set([error.reason]), 1, "copy", 2]);
  });
}

Deno.test("the last good copy serves in trouble for a day", async () => {
  const { find, clock } = publish(["copy", TROUBLE]);
  await find(URL_1);

  const found = [await find(URL_1)];
  clock.time = 24 * 60 * 60 * 1000 - 1;
  found.push(await find(URL_1));
  clock.time += 1;
  found.push(await ask(find(URL_1)));

  assertEquals(found, ["copy", "copy", "trouble"]);
});

Deno.test("what is refused for good ends the last good copy", async () => {
  const { find, clock } = publish(["copy", REFUSAL, TROUBLE]);
  await find(URL_1);

  const found = [await ask(find(URL_1))];
  clock.time = 30_000;
  found.push(await ask(find(URL_1)));

  assertEquals(found, ["refused", "trouble"]);
});

Deno.test("who wants it anew gets no copy, fresh or last", async () => {
  const { find, fetched } = publish(["first", "second", TROUBLE], 60);
  await find(URL_1);

  const found = [await find(URL_1, true), await ask(find(URL_1, true)), await find(URL_1)];

  assertEquals([found, fetched.length], [["second", "trouble", "second"], 3]);
});

Deno.test("a URL has a budget: ten at once, then one every five seconds, and its copy serves meanwhile", async () => {
  const { find, fetched, clock } = publish(["copy"]);

  const found = [];
  for (let count = 0; count < 500; count++) {
    found.push(await find(URL_1));
  }
  const asked = fetched.length;
  const anew = await ask(find(URL_1, true));
  clock.time = 5_000;
  await find(URL_1);
  await find(URL_1);

  assertEquals([new Set(found), asked, anew, fetched.length], [
    new Set(["copy"]),
    10,
    "published_budget_spent",
    11,
  ]);
});

Deno.test("a host has a budget for URLs that nobody has a copy of, and other hosts have theirs", async () => {
  const { find, fetched, clock } = publish([REFUSAL]);
  const askAll = async (host: string): Promise<number> => {
    const before = fetched.length;
    for (let count = 0; count < 500; count++) {
      await ask(find(`https://${host}/${before}-${count}`));
    }
    return fetched.length - before;
  };

  const asked = [await askAll("app.example.com"), await askAll("other.example.com")];
  clock.time = 2_000;
  asked.push(await askAll("app.example.com"));

  assertEquals(asked, [30, 30, 1]);
});

Deno.test("a URL whose copy is there is asked for though its host's budget is spent", async () => {
  const { find, fetched, answers } = publish(["copy"]);
  await find(URL_1);
  answers[0] = REFUSAL;
  for (let count = 0; count < 500; count++) {
    await ask(find(`https://app.example.com/missing-${count}`));
  }
  answers[0] = "new copy";
  const before = fetched.length;

  const found = [await find(URL_1), await ask(find("https://app.example.com/another"))];

  assertEquals([found, fetched.length - before], [["new copy", "published_budget_spent"], 1]);
});

Deno.test("what is not expected is thrown, and not remembered", async () => {
  const { find, fetched } = publish([new TypeError("a bug")]);

  await assertRejects(() => find(URL_1), TypeError);
  await assertRejects(() => find(URL_1), TypeError);

  assertEquals(fetched.length, 2);
});

import { assertEquals } from "@std/assert";
import { chooseLanguage, LANGUAGES, say, sayPlainly } from "../../functions/_shared/http/language.ts";
import { markup } from "../../functions/_shared/http/markup.ts";

type Tree = { [key: string]: string | Tree };

/** Each text by its path: `consent.title`. */
function flatten(tree: Tree, path = ""): [path: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[`${path}${key}`, value] as [string, string]]
      : flatten(value, `${path}${key}.`)
  );
}

const namesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w*)\}/g)].map(([name]) => name))].sort();
const english = flatten(LANGUAGES.en);

for (const [language, texts] of Object.entries(LANGUAGES)) {
  Deno.test(`the texts in ${language} have the keys and the names of those in English, and none is empty`, () => {
    const own = flatten(texts);

    assertEquals(own.map(([path]) => path), english.map(([path]) => path));
    assertEquals(
      own.map(([path, text]) => [path, namesIn(text)]),
      english.map(([path, text]) => [path, namesIn(text)]),
    );
    assertEquals(own.filter(([, text]) => text.trim() === ""), []);
  });
}

Deno.test("no text of another language is the English one, but for those that are names", () => {
  const german = new Map(flatten(LANGUAGES.de));

  const same = english.filter(([path, text]) => german.get(path) === text).map(([path]) => path);

  assertEquals(same, ["consent.server", "connections.server", "gateway.heading"]);
});

const CHOSEN: [uiLocales: string | undefined, accepted: string | null, language: string][] = [
  [undefined, null, "en"],
  [undefined, "de", "de"],
  [undefined, "de-AT,de;q=0.9,en;q=0.8", "de"],
  [undefined, "en-GB,en;q=0.9,de;q=0.8", "en"],
  [undefined, "en;q=0.2, de;q=0.7", "de"],
  [undefined, "de;q=0, en", "en"],
  [undefined, "fr, ja;q=0.5", "en"],
  [undefined, "fr, de;q=0.1", "de"],
  [undefined, "*", "en"],
  [undefined, "toString, constructor, __proto__", "en"],
  [undefined, ";;;q=q,,de;q=x", "en"],
  ["de", "en", "de"],
  ["DE-CH", "en", "de"],
  ["fr de en", "en", "de"],
  ["fr", "de", "de"],
  ["__proto__", null, "en"],
];
for (const [uiLocales, accepted, language] of CHOSEN) {
  Deno.test(`ui_locales ${uiLocales} and Accept-Language ${accepted} choose ${language}`, () => {
    const headers: Record<string, string> = accepted === null ? {} : { "Accept-Language": accepted };

    assertEquals(chooseLanguage(new Request("http://edge/", { headers }), uiLocales), language);
  });
}

Deno.test("values stand where a text has their names, escaped unless they are HTML", () => {
  const text = "{app} & {server}, {app}";
  const values = { app: "<b>", server: markup`<i>${"x"}</i>` };

  assertEquals(say(text, values).html, "&lt;b&gt; &amp; <i>x</i>, &lt;b&gt;");
  assertEquals(sayPlainly(text, { app: "{server}", server: "S" }), "{server} & S, {server}");
});

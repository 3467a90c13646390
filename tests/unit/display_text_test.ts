import { assertEquals } from "@std/assert";
import { cleanDisplayText } from "../../functions/_shared/client/display_text.ts";

const KEPT = [
  "Ünïcödé 应用",
  `A & <b>B</b> "C"`,
  // A joined emoji, a flag with its colour, a keycap, a family with skin tones.
  "Pair 👩‍💻",
  "🏳️‍🌈",
  "1️⃣ first",
  "👩🏽‍❤️‍💋‍👨🏻",
  // Persian with a zero-width non-joiner, Hindi with a joiner, Arabic, Hebrew.
  "می‌خواهم",
  "क्‍ष",
  "تطبيق",
  "יישום",
  "é".normalize("NFD"),
  "a".repeat(200),
];
for (const name of KEPT) {
  Deno.test(`${JSON.stringify(name).slice(0, 60)} is shown as it is`, () => {
    assertEquals(cleanDisplayText(name), name);
  });
}

const CLEANED: [text: string, shown: string | undefined][] = [
  ["Claude\n", "Claude"],
  ["  two\r\n lines\ttab ", "two lines tab"],
  ["a\u2028b\u2029c\u0085d", "a b c d"],
  ["a\u0000b\u0007c\u001bd", "abcd"],
  ["moc.elgoog\u202e", "moc.elgoog"],
  ["a\u2066b\u2069\u200e\u200f\u061cc", "abc"],
  ["pay\u200bpal\u2060\ufeff\u00ad", "paypal"],
  // A joiner that joins nothing: between Latin letters, at an end, twice.
  ["pay\u200dpal \u200c x\u200d", "paypal x"],
  ["می\u200c\u200cخواهم\u200c", "می\u200cخواهم"],
  ["a\ufe0fb", "ab"],
  // Fillers that look like nothing at all.
  ["\u3164\u115f\uffa0\u2800", undefined],
  ["x\u{e0061}\u{e0062}\u{e007f}", "x"],
  ["half a character \ud800", "half a character"],
  ["\ue000\uffff", undefined],
  ["", undefined],
  [" \n ", undefined],
  ["a".repeat(250), "a".repeat(200)],
  // Cut before the emoji that no longer fits whole.
  [`${"a".repeat(198)}👩‍💻b`, "a".repeat(198)],
  [`${"a".repeat(199)} b`, "a".repeat(199)],
  // One letter under a thousand accents is no text.
  [`a${"\u0301".repeat(1000)}`, undefined],
];
for (const [text, shown] of CLEANED) {
  Deno.test(`${JSON.stringify(text).slice(0, 60)} is shown as ${JSON.stringify(shown)?.slice(0, 40)}`, () => {
    assertEquals(cleanDisplayText(text), shown);
  });
}

for (const value of [undefined, null, 7, true, { en: "App" }, ["App"]]) {
  Deno.test(`${JSON.stringify(value)} is no text`, () => {
    assertEquals(cleanDisplayText(value), undefined);
  });
}

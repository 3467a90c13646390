import { assertEquals, assertMatch } from "@std/assert";
import { markup } from "../../functions/_shared/http/markup.ts";
import { showPage } from "../../functions/_shared/http/page.ts";

const ESCAPED: [text: string, html: string][] = [
  ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
  [`" onload="x`, "&quot; onload=&quot;x"],
  ["' x='", "&#39; x=&#39;"],
  ["&lt;", "&amp;lt;"],
  ["\\u003cb>", "\\u003cb&gt;"],
];
for (const [text, html] of ESCAPED) {
  Deno.test(`markup escapes ${text}`, () => {
    assertEquals(markup`<p title="${text}">${text}</p>`.html, `<p title="${html}">${html}</p>`);
  });
}

Deno.test("markup keeps markup, alone and in lists", () => {
  const items = ["<a>", "b"].map((item) => markup`<li>${item}</li>`);

  assertEquals(markup`<ul>${items}</ul>${markup`<hr>`}`.html, "<ul><li>&lt;a&gt;</li><li>b</li></ul><hr>");
});

Deno.test("a page loads nothing, runs nothing, is framed by nobody and keeps its forms free", async () => {
  const response = showPage("de", "A <title>", markup`<p>content</p>`, {
    status: 400,
    headers: { "X-Y": "z" },
  });

  const html = await response.text();
  const nonce = /<style nonce="([A-Za-z0-9_-]{22})">/.exec(html)?.[1];
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`;
  assertEquals([response.status, Object.fromEntries(response.headers)], [400, {
    "cache-control": "no-store",
    "content-language": "de",
    "content-security-policy": policy,
    "content-type": "text/html; charset=utf-8",
    "gatepost-page": policy,
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "x-y": "z",
  }]);
  assertMatch(html, /^<!doctype html>\n<html lang="de">/);
  assertMatch(html, /<title>A &lt;title&gt;<\/title>/);
  assertMatch(html, /<main>\n<p>content<\/p>\n<\/main>/);
  assertEquals(/<script|<img|<link|src=|url\(|@import/i.test(html), false);
});

Deno.test("every page has its own nonce", () => {
  const policies = [1, 2].map(() => showPage("en", "t", markup``).headers.get("Content-Security-Policy"));

  assertEquals(policies[0] === policies[1], false);
});

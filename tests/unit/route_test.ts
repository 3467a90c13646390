import { assertEquals, assertThrows } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { isSlug, readPath, readSlug } from "../../functions/_shared/http/route.ts";

const PATHS: [url: string, path: string[]][] = [
  ["http://edge/oauth/demo", ["demo"]],
  ["http://edge/functions/v1/oauth/demo", ["demo"]],
  ["http://edge/oauth/demo/.well-known/x?y=/z", ["demo", ".well-known", "x"]],
  ["http://edge/oauth", []],
  ["http://edge/oauth/", []],
  ["http://edge/oauth/demo/", ["demo"]],
  ["http://edge/oauth/demo/?x=/", ["demo"]],
  ["http://edge/oauth/demo//", ["demo", ""]],
  ["http://edge/oauth//demo", ["", "demo"]],
  ["http://edge/.well-known/x/", [".well-known", "x"]],
  ["http://edge/oauth/a/../b", ["b"]],
  ["http://edge/oauth/%64emo", ["%64emo"]],
];
for (const [url, path] of PATHS) {
  Deno.test(`the path of ${url} is ${JSON.stringify(path)}`, () => {
    assertEquals(readPath(new Request(url), "oauth"), path);
  });
}

for (
  const url of [
    "http://edge/",
    "http://edge//oauth/demo",
    "http://edge/oauthx/demo",
    "http://edge/x/oauth/demo",
    "http://edge/functions/v1",
  ]
) {
  Deno.test(`${url} is not below the function`, () => {
    const error = assertThrows(() => readPath(new Request(url), "oauth"), OAuthError);

    assertEquals(error.code, "not_found");
  });
}

for (const slug of ["a", "demo", "my-server-2", "0", "a".repeat(63)]) {
  Deno.test(`${slug} is a slug`, () => {
    assertEquals([isSlug(slug), readSlug([slug])], [true, slug]);
  });
}

const NO_SLUGS = ["", "-a", "a-", "A", "a_b", "a.b", "a b", "é", "%64emo", "a".repeat(64), "a\n", '"'];
for (const slug of NO_SLUGS) {
  Deno.test(`${JSON.stringify(slug)} is no slug`, () => {
    assertEquals(isSlug(slug), false);
    assertThrows(() => readSlug([slug]), OAuthError);
  });
}

for (const path of [[], ["demo", ""], ["demo", "more"]]) {
  Deno.test(`${JSON.stringify(path)} is not a slug alone`, () => {
    assertThrows(() => readSlug(path), OAuthError);
  });
}

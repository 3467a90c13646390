import { assertEquals, assertRejects } from "@std/assert";
import { ProviderFailure, ProviderRefusal } from "../../functions/_shared/upstream/failure.ts";
import { readTokenAnswer, type TokenAnswer } from "../../functions/_shared/upstream/token_answer.ts";

const STANDARD = {
  access_token: "an-access-token",
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: "a-refresh-token",
  scope: "openid email",
};

const READ: TokenAnswer = {
  accessToken: "an-access-token",
  refreshToken: "a-refresh-token",
  scope: "openid email",
  expiresIn: 3600,
  idToken: null,
  omitted: null,
};

/** The standard answer with changed members; undefined leaves one out. */
function json(changes: Record<string, unknown>, init: ResponseInit = {}): Response {
  return Response.json({ ...STANDARD, ...changes }, init);
}

function text(body: string, type = "application/json", status = 200): Response {
  return new Response(body, { status, headers: { "Content-Type": type } });
}

Deno.test("a standard token answer is read", async () => {
  assertEquals(await readTokenAnswer(json({ id_token: "a.b.c" })), { ...READ, idToken: "a.b.c" });
});

// Slack says `user` or `bot` (UsefulSoftwareCo/executor#2050); some say nothing.
for (const token_type of ["user", "bot", "BEARER", "mac", "", 7, ["Bearer"], null, undefined]) {
  Deno.test(`a token of the type ${JSON.stringify(token_type)} is a bearer token`, async () => {
    assertEquals(await readTokenAnswer(json({ token_type })), READ);
  });
}

// QwenLM/qwen-code#5355 and its kind.
const LIFETIMES: [expires_in: unknown, seconds: number | null][] = [
  ["3600", 3600],
  [" 3600 ", 3600],
  ["3599.9", 3599],
  [3599.9, 3599],
  [[3600], 3600],
  [1e12, 3_153_600_000],
  ["1e400", null],
  [0, null],
  [0.5, null],
  [-1, null],
  ["-1", null],
  ["never", null],
  ["0x10", null],
  ["1.2.3", null],
  [".", null],
  ["", null],
  [null, null],
  [undefined, null],
  [true, null],
  [{}, null],
  [[], null],
  [[1, 2], null],
];
for (const [expires_in, seconds] of LIFETIMES) {
  Deno.test(`expires_in ${JSON.stringify(expires_in)} is read as ${seconds} seconds`, async () => {
    assertEquals(await readTokenAnswer(json({ expires_in })), { ...READ, expiresIn: seconds });
  });
}

Deno.test("expires_in 1e400 is read as a lifetime that a date can hold", async () => {
  const answer = await readTokenAnswer(text(`{"access_token":"an-access-token","expires_in":1e400}`));

  assertEquals(answer.expiresIn, 3_153_600_000);
});

const REFRESH_TOKENS: [refresh_token: unknown, read: string | null][] = [
  [["a-refresh-token"], "a-refresh-token"],
  [" a-refresh-token\n", "a-refresh-token"],
  ["a\0-token", "a-token"],
  ["", null],
  ["   ", null],
  ["null", null],
  ["undefined", null],
  [null, null],
  [undefined, null],
  [false, null],
  [7, null],
  [{}, null],
  [[], null],
  [["a", "b"], null],
];
for (const [refresh_token, read] of REFRESH_TOKENS) {
  const shown = JSON.stringify(refresh_token)?.slice(0, 30);
  Deno.test(`the refresh token ${shown} is read as ${read}`, async () => {
    assertEquals(await readTokenAnswer(json({ refresh_token })), { ...READ, refreshToken: read });
  });
}

Deno.test("a refresh token of 64 kB and more is left out, blanks included, and the answer says so", async () => {
  for (
    const refresh_token of ["x".repeat(64 * 1024 + 1), `x${" ".repeat(64 * 1024)}`, "字".repeat(22 * 1024)]
  ) {
    assertEquals(await readTokenAnswer(json({ refresh_token })), {
      ...READ,
      refreshToken: null,
      omitted: {
        step: "token",
        status: 200,
        error_code: null,
        member: "refresh_token",
        problem: "too_large",
      },
    });
  }
});

Deno.test("scopes of more than 4 kB are left out, and the answer says so", async () => {
  for (const scope of ["x".repeat(4097), "字".repeat(1400), Array(900).fill("scope")]) {
    assertEquals(await readTokenAnswer(json({ scope })), {
      ...READ,
      scope: null,
      omitted: { step: "token", status: 200, error_code: null, member: "scope", problem: "too_large" },
    });
  }
});

const SCOPES: [scope: unknown, read: string | null][] = [
  [["openid", "email"], "openid email"],
  [["openid", 7, null, "email"], "openid email"],
  [["openid email"], "openid email"],
  ["repo,gist", "repo,gist"],
  [" openid ", "openid"],
  ["", null],
  [[], null],
  [null, null],
  [undefined, null],
  [7, null],
  [{ openid: true }, null],
  ["half a pair \ud800", "half a pair \ufffd"],
];
for (const [scope, read] of SCOPES) {
  Deno.test(`the scope ${JSON.stringify(scope)?.slice(0, 40)} is read as ${read}`, async () => {
    assertEquals(await readTokenAnswer(json({ scope })), { ...READ, scope: read });
  });
}

for (const id_token of [null, "", 7, {}, []]) {
  Deno.test(`the id_token ${JSON.stringify(id_token)} is none`, async () => {
    assertEquals(await readTokenAnswer(json({ id_token })), READ);
  });
}

Deno.test("members that nobody knows are left out, whatever they are", async () => {
  const answer = json({ error: null, errors: [], ok: true, team: { id: "T1" }, "": 1, __proto__: null });

  assertEquals(await readTokenAnswer(answer), READ);
});

const FORM =
  "access_token=an-access-token&scope=openid+email&token_type=bearer&expires_in=3600&refresh_token=a-refresh-token";
const PLAIN = JSON.stringify(STANDARD);
const BODIES: [what: string, response: Response][] = [
  // onyx-dot-app/onyx#14905, preset-io/agor#2192
  ["a form", text(FORM, "application/x-www-form-urlencoded")],
  ["a form that says it is JSON", text(FORM)],
  ["a form that says it is a page", text(FORM, "text/html; charset=utf-8")],
  ["a form with a line break", text(`\n${FORM}\r\n`, "text/plain")],
  ["JSON that says it is a form", text(PLAIN, "application/x-www-form-urlencoded")],
  ["JSON that says it is a page", text(PLAIN, "text/html")],
  ["JSON that says it is JavaScript", text(PLAIN, "text/javascript")],
  ["JSON of a type of its own", text(PLAIN, "application/vnd.example+json")],
  ["JSON without a type", new Response(new TextEncoder().encode(PLAIN))],
  ["JSON with a byte order mark", text(`\ufeff${PLAIN}`)],
  ["JSON with line breaks around it", text(`\r\n${PLAIN}\n`)],
  ["a list of one object", text(`[${PLAIN}]`)],
  // panva/openid-client#666: CrowdStrike, openhab/openhab-core#5284: Ostrom
  ["201", text(PLAIN, "application/json", 201)],
  ["202", text(PLAIN, "application/json", 202)],
  ["203", text(PLAIN, "application/json", 203)],
  ["206", text(PLAIN, "application/json", 206)],
];
for (const [what, response] of BODIES) {
  Deno.test(`a token answer that is ${what} is read`, async () => {
    assertEquals(await readTokenAnswer(response), READ);
  });
}

const UNUSABLE: [what: string, response: Response, detail: ProviderFailure["detail"]][] = [
  [
    "no access token",
    json({ access_token: undefined }),
    { status: 200, member: "access_token", problem: "missing" },
  ],
  [
    "an access token that is null",
    json({ access_token: null }),
    { status: 200, member: "access_token", problem: "missing" },
  ],
  [
    "an empty access token",
    json({ access_token: "" }),
    { status: 200, member: "access_token", problem: "missing" },
  ],
  [
    "an access token that is a number",
    json({ access_token: 7 }),
    { status: 200, member: "access_token", problem: "malformed" },
  ],
  [
    "an access token that is a list",
    json({ access_token: ["an-access-token"] }),
    { status: 200, member: "access_token", problem: "malformed" },
  ],
  [
    "an access token that no header can carry",
    json({ access_token: "a\r\nCookie: b" }, { status: 201 }),
    { status: 201, member: "access_token", problem: "malformed" },
  ],
  [
    "an access token of 64 kB and more",
    json({ access_token: "x".repeat(64 * 1024 + 1) }),
    { status: 200, member: "access_token", problem: "too_large" },
  ],
  [
    "an access token with 64 kB of blanks",
    json({ access_token: `x${" ".repeat(64 * 1024)}` }),
    { status: 200, member: "access_token", problem: "too_large" },
  ],
  ["a page", text("<!doctype html><p>access_token=x&amp;", "text/html"), { status: 200, problem: "html" }],
  ["broken JSON", text("{"), { status: 200, problem: "unreadable" }],
  ["a list", text("[]"), { status: 200, problem: "unreadable" }],
  ["null", text("null"), { status: 200, problem: "unreadable" }],
  ["nothing", new Response(null, { status: 204 }), { status: 204, problem: "unreadable" }],
];
for (const [what, response, detail] of UNUSABLE) {
  Deno.test(`a token answer that is ${what} cannot be used`, async () => {
    const error = await assertRejects(() => readTokenAnswer(response), ProviderFailure);

    assertEquals(error.detail, detail);
  });
}

const REFUSED: [what: string, response: Response, status: number, words: string[]][] = [
  [
    "the standard's code",
    Response.json({ error: "invalid_grant", error_description: "It is over" }, { status: 400 }),
    400,
    ["invalid_grant"],
  ],
  // GitHub, "Troubleshooting OAuth app access token request errors": 200, and a form unless asked for JSON.
  [
    "GitHub's code in a form with 200",
    text("error=bad_verification_code&error_description=It+is+over", "application/x-www-form-urlencoded"),
    200,
    ["bad_verification_code"],
  ],
  // Slack, "oauth.v2.access": every answer is 200.
  ["Slack's ok false", Response.json({ ok: false, error: "invalid_code" }), 200, ["invalid_code"]],
  ["ok false and nothing else", Response.json({ ok: false }), 200, []],
  [
    "a code in an object, as Meta has it",
    Response.json({ error: { message: "It is over", type: "OAuthException", code: "invalid_grant" } }),
    200,
    ["oauthexception", "invalid_grant"],
  ],
  [
    "a code in a list",
    Response.json({ errors: [{ code: "invalid_grant" }] }, { status: 400 }),
    400,
    ["invalid_grant"],
  ],
  [
    "a code in a sentence",
    Response.json({ error: "bad_request", message: "Refused (invalid_grant): it is over" }, { status: 400 }),
    400,
    ["bad_request", "invalid_grant"],
  ],
  ["a code that is the whole body", text("invalid_grant", "text/plain", 400), 400, ["invalid_grant"]],
  [
    "a code in a challenge",
    new Response(null, {
      status: 401,
      headers: { "WWW-Authenticate": `Bearer realm="x", error="invalid_token"` },
    }),
    401,
    ["invalid_token"],
  ],
  ["a page", text("<p>invalid_grant", "text/html", 403), 403, []],
  ["tokens with a status of no", json({ scope: undefined }, { status: 400 }), 400, []],
];
for (const [what, response, status, words] of REFUSED) {
  Deno.test(`a token answer that is ${what} is a refusal`, async () => {
    const error = await assertRejects(() => readTokenAnswer(response), ProviderRefusal);

    assertEquals([error.status, error.words], [status, words]);
  });
}

Deno.test("a refusal of many words keeps fifty", async () => {
  const errors = Array.from({ length: 200 }, (_, index) => `word_${index}`);

  const error = await assertRejects(
    () => readTokenAnswer(Response.json({ error: "first_word", errors }, { status: 400 })),
    ProviderRefusal,
  );

  assertEquals([error.words.length, error.words[0]], [50, "first_word"]);
});

import { assertEquals } from "@std/assert";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { buildCallbackEndpoint } from "../../functions/oauth-callback/handler.ts";
import { callbackRequest, completionOf, type Login, loginAt } from "../support/functions/callback_login.ts";
import { NOW } from "../support/functions/dependencies.ts";
import type { EndpointAnswer } from "../support/provider/program.ts";
import { type Upstream, UPSTREAM_JWK, type UpstreamChanges } from "../support/provider/upstream.ts";

/** Logs in and tells what became of it. */
async function logIn(changes: UpstreamChanges): Promise<Login & { reason: unknown; detail: unknown }> {
  const login = await loginAt(changes, { fail_authorization_session: "failed" });
  await buildCallbackEndpoint(login.dependencies)(callbackRequest());
  const line = login.dependencies.logged.at(-1)!;
  return { ...login, reason: line["reason"], detail: line["detail"] };
}

/** The person that the login was completed with. */
function personOf({ dependencies }: Login): Record<string, unknown> {
  const { p_upstream_issuer, p_upstream_sub, p_email, p_email_verified, p_profile } = completionOf(
    dependencies,
  );
  return { p_upstream_issuer, p_upstream_sub, p_email, p_email_verified, p_profile };
}

/** What the id_token of the provider alone says. */
function idTokenPerson({ issuer }: Upstream): Record<string, unknown> {
  return {
    p_upstream_issuer: issuer,
    p_upstream_sub: "upstream-1",
    p_email: "person@example.com",
    p_email_verified: true,
    p_profile: { sub: "upstream-1", email: "person@example.com", email_verified: true },
  };
}

/** A config whose users userinfo names, and nobody else. */
const BY_USERINFO = { identity_source: "userinfo", authorization_parameters: {} } as const;

const LEFT_OUT: [what: string, answer: EndpointAnswer, detail: Record<string, unknown>][] = [
  // camunda/camunda#53685, outline/outline#5497: Entra with a scope of an API of its own, ADFS.
  [
    "401 for its audience",
    () => Response.json({ error: "invalid_token", error_description: "Invalid audience" }, { status: 401 }),
    { status: 401, error_code: "invalid_token", problem: "refused" },
  ],
  [
    "401 with a challenge",
    () =>
      new Response(null, { status: 401, headers: { "WWW-Authenticate": `Bearer error="invalid_token"` } }),
    { status: 401, error_code: "invalid_token", problem: "refused" },
  ],
  ["403", () => new Response("<p>secret", { status: 403 }), { status: 403, problem: "refused" }],
  ["404", () => new Response(null, { status: 404 }), { status: 404, problem: "refused" }],
  ["429", () => new Response(null, { status: 429 }), { status: 429, problem: "refused" }],
  ["500", () => new Response(null, { status: 500 }), { status: 500, problem: "refused" }],
  [
    "no connection",
    () => {
      throw new TypeError("connection refused");
    },
    { problem: "unreachable" },
  ],
  ["a redirect", () => Response.redirect("http://169.254.169.254/"), { problem: "redirect" }],
  ["ten megabytes", () => new Response(new Uint8Array(10 * 1024 * 1024)), { problem: "too_large" }],
  ["HTML", () => new Response("<html>"), { status: 200, problem: "html" }],
  ["broken JSON", () => new Response("{"), { status: 200, problem: "unreadable" }],
  ["a list", () => Response.json([]), { status: 200, problem: "unreadable" }],
  ["nothing", () => new Response(null, { status: 204 }), { status: 204, problem: "unreadable" }],
  ["nobody", () => Response.json({}), { member: "sub", problem: "missing" }],
  ["a subject that is an object", () => Response.json({ sub: { id: "victim" } }), {
    member: "sub",
    problem: "malformed",
  }],
  ["a subject that is a list", () => Response.json({ sub: ["upstream-1"] }), {
    member: "sub",
    problem: "malformed",
  }],
  ["null as its subject", () => Response.json({ sub: null }), { member: "sub", problem: "missing" }],
];
for (const [what, answer, detail] of LEFT_OUT) {
  Deno.test(`GET /oauth-callback logs in by the id_token when userinfo answers ${what}`, async () => {
    const login = await logIn({ answers: { userinfo: answer } });

    assertEquals(personOf(login), idTokenPerson(login.upstream));
    assertEquals([login.reason, login.detail], ["userinfo_left_out", { step: "userinfo", ...detail }]);
  });
}

for (const [what, answer] of LEFT_OUT) {
  Deno.test(`GET /oauth-callback knows nobody when userinfo alone names users and answers ${what}`, async () => {
    const { dependencies } = await logIn({ config: BY_USERINFO, answers: { userinfo: answer } });

    assertEquals(dependencies.database.calls.map(({ name }) => name), [
      "claim_authorization_session",
      "fail_authorization_session",
    ]);
  });
}

Deno.test("GET /oauth-callback refuses another subject of userinfo, as text or number", async () => {
  for (const sub of ["victim", "Other", "other ", "", 7]) {
    const { reason, detail } = await logIn({ idTokenClaims: { sub: "other" }, userinfo: { sub } });

    assertEquals([reason, detail], [
      "upstream_untrusted",
      { step: "userinfo", member: "sub", problem: "mismatch" },
    ]);
  }
});

Deno.test("GET /oauth-callback takes the subject of userinfo as a number that the id_token has as text", async () => {
  const login = await logIn({ idTokenClaims: { sub: "7" }, userinfo: { sub: 7 } });

  assertEquals([login.reason, personOf(login)["p_upstream_sub"]], ["ok", "7"]);
});

/** The keys of a provider that signs userinfo, and of one that nobody knows. */
const KEY = await generateKeyPair("ES256", { extractable: true });
const STRANGER = await generateKeyPair("ES256");

/** A provider that signs userinfo (outline/outline#12878, quarkusio/quarkus#42341), with one change. */
function signingUserinfo(
  payload: JWTPayload,
  key: CryptoKey = KEY.privateKey,
  config: UpstreamChanges["config"] = {},
): UpstreamChanges {
  const userinfoKey = { kid: "userinfo", alg: "ES256" };
  return {
    config,
    answers: {
      jwks: async () =>
        Response.json({ keys: [UPSTREAM_JWK, { ...await exportJWK(KEY.publicKey), ...userinfoKey }] }),
      userinfo: async () =>
        new Response(await new SignJWT(payload).setProtectedHeader(userinfoKey).sign(key), {
          headers: { "Content-Type": "application/jwt" },
        }),
    },
  };
}

const SIGNED = { sub: "upstream-1", name: "Signed Person", aud: "gatepost-at-upstream" };

Deno.test("GET /oauth-callback verifies a signed userinfo document and adds its claims", async () => {
  const login = await logIn(signingUserinfo(SIGNED));

  assertEquals(login.reason, "ok");
  assertEquals((personOf(login)["p_profile"] as { name: string }).name, "Signed Person");
});

Deno.test("GET /oauth-callback knows a user by a signed userinfo document alone", async () => {
  const login = await logIn(signingUserinfo(SIGNED, KEY.privateKey, BY_USERINFO));

  assertEquals([login.reason, personOf(login)["p_upstream_sub"]], ["ok", "upstream-1"]);
});

const UNVERIFIED: [what: string, changes: UpstreamChanges, detail: Record<string, unknown>][] = [
  ["signed by a stranger", signingUserinfo(SIGNED, STRANGER.privateKey), { problem: "signature" }],
  [
    "for another client",
    signingUserinfo({ ...SIGNED, aud: "another-client" }),
    { member: "aud", problem: "mismatch" },
  ],
  [
    "of another issuer",
    signingUserinfo({ ...SIGNED, iss: "https://evil.example" }),
    { member: "iss", problem: "mismatch" },
  ],
  ["of the past", signingUserinfo({ ...SIGNED, exp: NOW / 1000 - 600 }), {
    member: "exp",
    problem: "expired",
  }],
  [
    "not signed",
    { answers: { userinfo: () => new Response(new UnsecuredJWT(SIGNED).encode()) } },
    { member: "alg", problem: "algorithm" },
  ],
  [
    "not signed, as JSON",
    { answers: { userinfo: () => Response.json(new UnsecuredJWT(SIGNED).encode()) } },
    { member: "alg", problem: "algorithm" },
  ],
];
for (const [what, changes, detail] of UNVERIFIED) {
  Deno.test(`GET /oauth-callback leaves out a userinfo document that is ${what}`, async () => {
    const login = await logIn(changes);

    assertEquals(personOf(login), idTokenPerson(login.upstream));
    assertEquals([login.reason, login.detail], ["userinfo_left_out", { step: "userinfo", ...detail }]);
  });

  Deno.test(`GET /oauth-callback knows nobody by a userinfo document alone that is ${what}`, async () => {
    const login = await logIn({ ...changes, config: BY_USERINFO });

    assertEquals([login.reason, login.detail], ["upstream_untrusted", { step: "userinfo", ...detail }]);
    assertEquals(login.dependencies.database.calls.at(-1)?.name, "fail_authorization_session");
  });
}

/** A provider that names its users in userinfo, in JSON as it stands here. */
function namingBy(subject_claim: string, json: string): UpstreamChanges {
  return {
    config: { ...BY_USERINFO, subject_claim },
    answers: { userinfo: () => new Response(json, { headers: { "Content-Type": "application/json" } }) },
  };
}

const SUBJECTS: [what: string, claim: string, json: string, subject: string][] = [
  // steveiliop56/tinyauth#1025, directus/directus#12457
  ["at the end of a path", "data.id", `{"data":{"id":"7"}}`, "7"],
  ["at the end of a long path", "a.b.c.d", `{"a":{"b":{"c":{"d":7}}}}`, "7"],
  ["in a list", "values.0.id", `{"values":[{"id":"7"},{"id":"8"}]}`, "7"],
  ["under a name with dots", "https://example.com/sub", `{"https://example.com/sub":"7"}`, "7"],
  ["under a name with dots before a path", "a.b", `{"a":{"b":"8"},"a.b":"7"}`, "7"],
  ["of twenty digits", "id", `{"id":12345678901234567890}`, "12345678901234567890"],
  ["of twenty digits, the next one", "id", `{"id":12345678901234567891}`, "12345678901234567891"],
  ["of sixteen digits", "id", `{"id":9007199254740993}`, "9007199254740993"],
  ["of twenty digits in a path", "data.id", `{"data":{"id":12345678901234567890}}`, "12345678901234567890"],
  ["below zero", "id", `{"id":-12345678901234567890}`, "-12345678901234567890"],
  ["zero", "id", `{"id":0}`, "0"],
  ["of 255 characters", "id", `{"id":"${"🚪".repeat(255)}"}`, "🚪".repeat(255)],
  ["in a list of one document", "id", `[{"id":"7"}]`, "7"],
  ["behind a byte order mark", "id", `\ufeff{"id":"7"}`, "7"],
];
for (const [what, claim, json, subject] of SUBJECTS) {
  Deno.test(`GET /oauth-callback reads a subject ${what}`, async () => {
    assertEquals(personOf(await logIn(namingBy(claim, json)))["p_upstream_sub"], subject);
  });
}

const NO_SUBJECTS: [what: string, claim: string, json: string, reason: string][] = [
  ["no claim", "id", `{"name":"x"}`, "subject_missing"],
  ["no end of the path", "data.id", `{"data":{"name":"x"}}`, "subject_missing"],
  ["a path through a text", "data.length", `{"data":"x"}`, "subject_missing"],
  ["an object", "data", `{"data":{"id":"7"}}`, "subject_missing"],
  ["null", "id", `{"id":null}`, "subject_missing"],
  ["an empty text", "id", `{"id":""}`, "subject_missing"],
  ["a boolean", "id", `{"id":true}`, "subject_missing"],
  ["a fraction", "id", `{"id":1.5}`, "subject_missing"],
  ["an inherited member", "constructor", `{}`, "subject_missing"],
  ["an inherited member of a path", "toString.name", `{}`, "subject_missing"],
  ["256 characters", "id", `{"id":"${"a".repeat(256)}"}`, "subject_too_long"],
  ["a NUL", "id", `{"id":"a\\u0000b"}`, "subject_malformed"],
  ["half a pair", "id", `{"id":"a\\ud800b"}`, "subject_malformed"],
];
for (const [what, claim, json, reason] of NO_SUBJECTS) {
  Deno.test(`GET /oauth-callback makes no user of a subject that is ${what}`, async () => {
    const login = await logIn(namingBy(claim, json));

    assertEquals(login.reason, reason);
    assertEquals(login.dependencies.database.calls.at(-1)?.name, "fail_authorization_session");
  });
}

Deno.test("GET /oauth-callback refuses an id_token whose subject cannot be kept, each with its reason", async () => {
  const reasons = [];
  for (const sub of ["a".repeat(256), "a\0b", "a\ud800b"]) {
    reasons.push(
      (await logIn({ idTokenClaims: { sub }, metadata: { userinfo_endpoint: undefined } })).reason,
    );
  }

  assertEquals(reasons, ["subject_too_long", "subject_malformed", "subject_malformed"]);
});

const ADDRESSES = ["a\0b@example.com", "\ud800@example.com", `${"a".repeat(320)}@example.com`, "none", 7, [
  "a@b.c",
]];
for (const email of ADDRESSES) {
  Deno.test(`GET /oauth-callback drops the address ${JSON.stringify(email).slice(0, 40)}`, async () => {
    const login = await logIn({ idTokenClaims: { email } });

    assertEquals([login.reason, personOf(login)["p_email"], personOf(login)["p_email_verified"]], [
      "ok",
      null,
      false,
    ]);
  });
}

Deno.test("GET /oauth-callback cleans the profile of what no database can hold", async () => {
  const login = await logIn({
    userinfo: {
      "name": "A\0 person\ud800",
      "a\0name": ["x\0", { "y\0": "\udfff" }],
      "number": 1.5,
      "nothing": null,
    },
  });

  assertEquals(personOf(login)["p_profile"], {
    sub: "upstream-1",
    name: "A person\ufffd",
    aname: ["x", { y: "\ufffd" }],
    number: 1.5,
    nothing: null,
    email: "person@example.com",
    email_verified: true,
  });
});

Deno.test("GET /oauth-callback keeps the numbers of a profile exact", async () => {
  const login = await logIn({
    answers: { userinfo: () => new Response(`{"sub":"upstream-1","account":12345678901234567890,"n":7}`) },
  });

  const { account, n } = personOf(login)["p_profile"] as Record<string, unknown>;
  assertEquals([account, n], ["12345678901234567890", 7]);
});

const TOO_MUCH: [what: string, userinfo: Record<string, unknown>][] = [
  ["a name of 400 kB", { name: "a".repeat(400_000) }],
  ["ten thousand groups", { groups: Array.from({ length: 10_000 }, (_, index) => `group ${index}`) }],
];
for (const [what, userinfo] of TOO_MUCH) {
  Deno.test(`GET /oauth-callback leaves ${what} out of the profile and keeps the rest`, async () => {
    const login = await logIn({ userinfo: { locale: "en", ...userinfo } });

    const profile = personOf(login)["p_profile"] as Record<string, unknown>;
    assertEquals([profile["locale"], profile["email"]], ["en", "person@example.com"]);
    assertEquals(JSON.stringify(profile).length < 40_000, true);
    assertEquals([login.reason, login.detail], [
      "userinfo_left_out",
      { step: "userinfo", member: "profile", problem: "too_large" },
    ]);
  });
}

for (const depth of [100, 100_000]) {
  Deno.test(`GET /oauth-callback keeps sixteen levels of a member that has ${depth}`, async () => {
    const login = await logIn({
      answers: {
        userinfo: () => new Response(`{"sub":"upstream-1","n":${"[".repeat(depth)}${"]".repeat(depth)}}`),
      },
    });

    const { n } = personOf(login)["p_profile"] as Record<string, unknown>;
    const kept = depth === 100 ? `${"[".repeat(16)}null${"]".repeat(16)}` : undefined;
    assertEquals([personOf(login)["p_upstream_sub"], JSON.stringify(n)], ["upstream-1", kept]);
  });
}

for (const auth_time of ["1700000000", -1, 1e300, null, {}]) {
  Deno.test(`GET /oauth-callback does not mind the auth_time ${JSON.stringify(auth_time)}`, async () => {
    const login = await logIn({ idTokenClaims: { auth_time } });

    assertEquals([login.reason, completionOf(login.dependencies).p_auth_time], ["ok", null]);
  });
}

/** Logs in at GitHub, whose list of addresses answers this. */
async function logInWithAddresses(emails: EndpointAnswer): ReturnType<typeof logIn> {
  return await logIn({ shape: "github", person: { sub: "7" }, answers: { emails } });
}

Deno.test("GET /oauth-callback knows a user whose list of addresses is refused, and says so", async () => {
  // A GitHub App without the permission "Email addresses" is answered 403.
  const login = await logInWithAddresses(() => Response.json({ message: "secret" }, { status: 403 }));

  assertEquals([personOf(login)["p_upstream_sub"], personOf(login)["p_email"]], ["7", null]);
  assertEquals([login.reason, login.detail], [
    "emails_left_out",
    { step: "emails", status: 403, problem: "refused" },
  ]);
});

Deno.test("GET /oauth-callback makes no user while a list of addresses is out of reach: an address may link", async () => {
  const login = await logInWithAddresses(() => new Response(null, { status: 503 }));

  assertEquals([login.reason, login.detail], [
    "upstream_unavailable",
    { step: "emails", status: 503, problem: "refused" },
  ]);
});

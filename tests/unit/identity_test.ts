import { assertEquals } from "@std/assert";
import {
  decideIdentity,
  type UpstreamIdentity,
  type UpstreamStatements,
} from "../../functions/_shared/upstream/identity.ts";

const CLAIMS = {
  iss: "https://login.example.com",
  aud: "gatepost",
  exp: 2,
  iat: 1,
  nonce: "n",
  sub: "upstream-1",
  auth_time: 1700000000,
  email: "person@example.com",
  email_verified: true,
  name: "Example Person",
};

function decide(changes: Partial<UpstreamStatements> = {}): UpstreamIdentity {
  return decideIdentity({
    issuer: "https://login.example.com",
    subjectClaim: "sub",
    idTokenClaims: CLAIMS,
    userinfo: undefined,
    emails: undefined,
    ...changes,
  });
}

Deno.test("an id_token names its user; claims of the token are no profile", () => {
  assertEquals(decide(), {
    issuer: "https://login.example.com",
    subject: "upstream-1",
    email: "person@example.com",
    emailVerified: true,
    profile: { sub: "upstream-1", email: "person@example.com", email_verified: true, name: "Example Person" },
    authTime: new Date(1700000000 * 1000),
  });
});

Deno.test("userinfo fills in what the id_token does not say", () => {
  const { email: _email, email_verified: _verified, ...idTokenClaims } = CLAIMS;

  const identity = decide({
    idTokenClaims,
    userinfo: { sub: "upstream-1", name: "Other Name", email: "person@example.org", locale: "en" },
  });

  assertEquals(identity.email, "person@example.org");
  assertEquals(identity.profile, {
    sub: "upstream-1",
    name: "Example Person",
    email: "person@example.org",
    locale: "en",
  });
});

const VERIFIED: [value: unknown, verified: boolean][] = [
  [true, true],
  ["true", true],
  [false, false],
  ["false", false],
  ["TRUE", false],
  ["yes", false],
  [1, false],
  [0, false],
  [null, false],
  [undefined, false],
  [{}, false],
  [[true], false],
];
for (const [value, verified] of VERIFIED) {
  Deno.test(`email_verified ${JSON.stringify(value)} is ${verified ? "" : "not "}verified`, () => {
    const identity = decide({ idTokenClaims: { ...CLAIMS, email_verified: value } });

    assertEquals([identity.email, identity.emailVerified], ["person@example.com", verified]);
  });
}

Deno.test("an address of the id_token does not borrow userinfo's verification", () => {
  const { email_verified: _verified, ...idTokenClaims } = CLAIMS;

  const identity = decide({ idTokenClaims, userinfo: { sub: "upstream-1", email_verified: true } });

  assertEquals([identity.email, identity.emailVerified], ["person@example.com", false]);
});

Deno.test("an address of userinfo does not borrow the id_token's verification", () => {
  const { email: _email, ...idTokenClaims } = CLAIMS;

  const identity = decide({ idTokenClaims, userinfo: { sub: "upstream-1", email: "victim@example.com" } });

  assertEquals([identity.email, identity.emailVerified], ["victim@example.com", false]);
});

const NO_ADDRESS = [
  "",
  "person",
  "a b@example.com",
  "a@b@c",
  "@example.com",
  `${"a".repeat(320)}@x.example`,
  7,
  null,
  {},
];
for (const email of NO_ADDRESS) {
  Deno.test(`${JSON.stringify(email).slice(0, 30)} is no address`, () => {
    const identity = decide({ idTokenClaims: { ...CLAIMS, email } });

    assertEquals([identity.email, identity.emailVerified], [null, false]);
  });
}

const GITHUB = { id: 583231, login: "example", name: "Example Person", email: "public@example.com" };
const LISTED = [
  { email: "old@example.com", primary: false, verified: true },
  { email: "person@example.com", primary: true, verified: true },
];

function decideGitHub(changes: Partial<UpstreamStatements> = {}): UpstreamIdentity {
  return decide({
    issuer: null,
    subjectClaim: "id",
    idTokenClaims: null,
    userinfo: GITHUB,
    emails: LISTED,
    ...changes,
  });
}

Deno.test("a provider without OpenID names its user by a number, and lists addresses apart", () => {
  assertEquals(decideGitHub(), {
    issuer: null,
    subject: "583231",
    email: "person@example.com",
    emailVerified: true,
    profile: GITHUB,
    authTime: null,
  });
});

const LISTS: [what: string, emails: unknown, email: string | null, verified: boolean][] = [
  [
    "whose primary is not verified",
    [{ email: "a@x.example", primary: true, verified: false }],
    "a@x.example",
    false,
  ],
  [
    "whose verified is a text",
    [{ email: "a@x.example", primary: true, verified: "true" }],
    "a@x.example",
    false,
  ],
  [
    "without a primary",
    [{ email: "a@x.example", primary: false, verified: true }],
    "public@example.com",
    false,
  ],
  ["of wrong types", [null, 1, { primary: true, email: 7 }], "public@example.com", false],
  ["that is no list", { email: "a@x.example" }, "public@example.com", false],
  ["that is empty", [], "public@example.com", false],
];
for (const [what, emails, email, verified] of LISTS) {
  Deno.test(`from a list of addresses ${what} comes ${email}, ${verified ? "" : "not "}verified`, () => {
    const identity = decideGitHub({ emails });

    assertEquals([identity.email, identity.emailVerified], [email, verified]);
  });
}

const SUBJECTS: [value: unknown, subject: string | null][] = [
  ["abc", "abc"],
  [7, "7"],
  [0, "0"],
  ["", null],
  [null, null],
  [undefined, null],
  [1.5, null],
  [2 ** 53, null],
  [true, null],
  [{}, null],
  [["abc"], null],
];
for (const [value, subject] of SUBJECTS) {
  Deno.test(`the subject ${JSON.stringify(value)} is ${subject}`, () => {
    assertEquals(decideGitHub({ userinfo: { id: value } }).subject, subject);
  });
}

Deno.test("the id_token's subject wins over the configured claim", () => {
  const identity = decide({ subjectClaim: "email", userinfo: { sub: "upstream-1", email: "x@x.example" } });

  assertEquals(identity.subject, "upstream-1");
});

Deno.test("a provider without identity leaves nobody", () => {
  assertEquals(decide({ issuer: null, idTokenClaims: null }), {
    issuer: null,
    subject: null,
    email: null,
    emailVerified: false,
    profile: null,
    authTime: null,
  });
});

Deno.test("an auth_time that is no number is left out", () => {
  assertEquals(decide({ idTokenClaims: { ...CLAIMS, auth_time: "1700000000" } }).authTime, null);
});

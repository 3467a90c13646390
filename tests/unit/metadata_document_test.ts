import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { OAuthError, unavailable } from "../../functions/_shared/errors.ts";
import {
  buildFindMetadataDocument,
  checkMetadataDocumentPolicy,
  type FindMetadataDocument,
} from "../../functions/_shared/client/metadata_document.ts";
import { isMetadataDocumentUrl } from "../../functions/_shared/client/published_url.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { buildServer } from "../support/database/records.ts";

const CLIENT_ID = "https://app.example.com/oauth/client.json";
const DOCUMENT = {
  client_id: CLIENT_ID,
  client_name: "Example app",
  redirect_uris: ["https://app.example.com/callback"],
  token_endpoint_auth_method: "none",
};

const URLS: [url: string, is: boolean][] = [
  [CLIENT_ID, true],
  ["https://claude.ai/oauth/mcp-oauth-client-metadata", true],
  ["https://app.example.com:8443/client?v=2", true],
  ["https://app.example.com/", false],
  ["https://app.example.com", false],
  ["http://app.example.com/client.json", false],
  ["https://app.example.com/client.json#x", false],
  ["https://user@app.example.com/client.json", false],
  ["https://user:password@app.example.com/client.json", false],
  ["https://app.example.com/a/../client.json", false],
  ["https://APP.example.com/client.json", false],
  ["https://app.example.com:443/client.json", false],
  ["https://app.example.com\\client.json", false],
  ["client-1", false],
  ["javascript:alert(1)", false],
  [`https://app.example.com/${"a".repeat(2000)}`, false],
];
for (const [url, is] of URLS) {
  Deno.test(`${url.slice(0, 60)} is ${is ? "" : "not "}the URL of a metadata document`, () => {
    assertEquals(isMetadataDocumentUrl(url, false), is);
  });
}

Deno.test("local development takes documents over http", () => {
  assertEquals(isMetadataDocumentUrl("http://127.0.0.1:4000/client.json", true), true);
});

const POLICIES: [policy: "off" | "allow_list" | "open", hosts: string[], allowed: boolean][] = [
  ["off", ["app.example.com"], false],
  ["allow_list", ["app.example.com"], true],
  ["allow_list", ["example.com", "other.example"], false],
  ["allow_list", [], false],
  ["open", [], true],
];
for (const [metadata_document_policy, metadata_document_hosts, allowed] of POLICIES) {
  Deno.test(
    `a server of policy ${metadata_document_policy} with ${JSON.stringify(metadata_document_hosts)} ${
      allowed ? "takes" : "refuses"
    } the document`,
    () => {
      const check = (): void =>
        checkMetadataDocumentPolicy(
          CLIENT_ID,
          buildServer({ metadata_document_policy, metadata_document_hosts }),
        );

      if (allowed) {
        return check();
      }
      const error = assertThrows(check, OAuthError);
      assertEquals([error.code, error.reason], ["invalid_client", "metadata_document_not_allowed"]);
    },
  );
}

/** Fetches documents from a network that answers this; its clock can be turned. */
function documents(
  answer: () => Response | Promise<Response>,
): { findDocument: FindMetadataDocument; fetched: string[]; clock: { time: number } } {
  const fetched: string[] = [];
  const clock = { time: 0 };
  const findDocument = buildFindMetadataDocument(buildDependencies({}, {
    now: () => clock.time,
    safeFetch: async (url) => {
      fetched.push(url);
      return await answer();
    },
  }));
  return { findDocument, fetched, clock };
}

Deno.test("a document describes its client", async () => {
  const { findDocument, fetched } = documents(() =>
    Response.json({ ...DOCUMENT, logo_uri: "https://x.example/l.png" })
  );

  const metadata = await findDocument(CLIENT_ID);

  assertEquals(metadata, {
    client_name: "Example app",
    redirect_uris: ["https://app.example.com/callback"],
    logo_uri: "https://x.example/l.png",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  });
  assertEquals(fetched, [CLIENT_ID], "nothing that the document names is fetched");
});

const DATE = "Mon, 23 Nov 2026 12:00:00 GMT";
const IN_A_MINUTE = "Mon, 23 Nov 2026 12:01:00 GMT";
const KEPT: [headers: Record<string, string>, seconds: number][] = [
  [{ "Cache-Control": "public, max-age=60" }, 60],
  [{ "Cache-Control": "Max-Age=60" }, 60],
  [{ "Cache-Control": "max-age=9999999" }, 86400],
  [{ "Cache-Control": "max-age=60, no-store" }, 0],
  [{ "Cache-Control": "no-cache, max-age=60" }, 0],
  [{ "Cache-Control": "max-age=soon" }, 0],
  [{ "Cache-Control": "max-age=60", "Age": "45" }, 15],
  [{ "Cache-Control": "max-age=60", "Age": "61" }, 0],
  [{ "Cache-Control": "max-age=60", "Age": "some" }, 0],
  [{ "Expires": IN_A_MINUTE, "Date": DATE }, 60],
  [{ "Expires": IN_A_MINUTE, "Date": DATE, "Age": "20" }, 40],
  [{ "Expires": DATE, "Date": IN_A_MINUTE }, 0],
  [{ "Expires": IN_A_MINUTE, "Date": DATE, "Cache-Control": "no-store" }, 0],
  [{ "Expires": IN_A_MINUTE, "Date": DATE, "Cache-Control": "max-age=5" }, 5],
  [{ "Expires": "0", "Date": DATE }, 0],
  [{ "Expires": IN_A_MINUTE }, 0],
  [{}, 0],
];
for (const [headers, seconds] of KEPT) {
  Deno.test(`a document with the headers ${JSON.stringify(headers)} is kept for ${seconds} s`, async () => {
    const { findDocument, fetched, clock } = documents(() => Response.json(DOCUMENT, { headers }));
    const fetchedAt = async (time: number): Promise<number> => {
      clock.time = time;
      await findDocument(CLIENT_ID);
      return fetched.length;
    };

    const counts = [
      await fetchedAt(0),
      await fetchedAt(Math.max(0, seconds * 1000 - 1)),
      await fetchedAt(seconds * 1000),
    ];

    assertEquals(counts, seconds === 0 ? [1, 2, 3] : [1, 1, 2]);
  });
}

const MALFORMED = "its description is not a JSON object of at most 5 KB";
const NOT_FOUND = "its description was not found";
const NO_METHOD =
  "its description offers neither none nor private_key_jwt with its keys as a token_endpoint_auth_method";
const REFUSED: [what: string, answer: () => Response, reason: string, problem: string][] = [
  ["404", () => new Response(null, { status: 404 }), "metadata_document_missing", NOT_FOUND],
  ["410", () => new Response(null, { status: 410 }), "metadata_document_gone", NOT_FOUND],
  ["201", () => Response.json(DOCUMENT, { status: 201 }), "metadata_document_missing", NOT_FOUND],
  ["HTML", () => new Response("<html>"), "metadata_document_malformed", MALFORMED],
  ["a list", () => Response.json([DOCUMENT]), "metadata_document_malformed", MALFORMED],
  ["null", () => Response.json(null), "metadata_document_malformed", MALFORMED],
  [
    "more than 5 KB",
    () => Response.json({ ...DOCUMENT, padding: "x".repeat(5 * 1024) }),
    "metadata_document_malformed",
    MALFORMED,
  ],
  ["bytes", () => new Response(new Uint8Array([123, 0xff, 125])), "metadata_document_malformed", MALFORMED],
  [
    "another client_id",
    () => Response.json({ ...DOCUMENT, client_id: `${CLIENT_ID}?` }),
    "metadata_document_of_other",
    "its description names another client_id",
  ],
  [
    "no client_id",
    () => Response.json({ ...DOCUMENT, client_id: undefined }),
    "metadata_document_of_other",
    "its description names another client_id",
  ],
  [
    "a secret",
    () => Response.json({ ...DOCUMENT, client_secret: "s" }),
    "metadata_document_method",
    NO_METHOD,
  ],
  [
    "a method with a secret",
    () => Response.json({ ...DOCUMENT, token_endpoint_auth_method: "client_secret_post" }),
    "metadata_document_method",
    NO_METHOD,
  ],
  [
    "a method with keys that it does not name",
    () => Response.json({ ...DOCUMENT, token_endpoint_auth_method: "private_key_jwt" }),
    "metadata_document_method",
    NO_METHOD,
  ],
];
for (const [what, answer, reason, problem] of REFUSED) {
  Deno.test(`a document is refused for good that is or holds ${what}`, async () => {
    const { findDocument } = documents(answer);

    const error = await assertRejects(() => findDocument(CLIENT_ID), OAuthError);

    assertEquals(
      [error.code, error.reason, error.message],
      ["invalid_client", reason, `Cannot log in: the app is known by a URL, and ${problem}`],
    );
  });
}

Deno.test("a document of megabytes is refused for good, though it was not read to its end", async () => {
  const { findDocument } = documents(() => {
    throw unavailable(
      "Cannot reach",
      "upstream_unreachable",
      new OAuthError("payload_too_large", "Cannot read body: it is larger than 1048576 bytes"),
    );
  });

  const error = await assertRejects(() => findDocument(CLIENT_ID), OAuthError);

  assertEquals(error.reason, "metadata_document_malformed");
});

/** What a wall against robots, a load balancer or a network answers (anthropics/claude-ai-mcp#650, #84263 of claude-code). */
const TROUBLE: [what: string, answer: () => Response][] = [
  ...[400, 401, 403, 405, 406, 407, 408, 418, 421, 425, 429, 451, 500, 502, 503, 504, 520].map((
    status,
  ): typeof TROUBLE[number] => [
    String(status),
    () =>
      new Response("<html>Just a moment...</html>", { status, headers: { "Cache-Control": "max-age=60" } }),
  ]),
  ["a host that does not answer", () => {
    throw unavailable("Cannot reach", "upstream_unreachable", new TypeError("timed out"));
  }],
  ["a host without an address", () => {
    throw unavailable("Cannot reach", "upstream_unresolved");
  }],
];
for (const [what, answer] of TROUBLE) {
  Deno.test(`a document in trouble is a failure of the moment: ${what}`, async () => {
    const answers = [answer, () => Response.json(DOCUMENT)];
    const { findDocument, clock } = documents(() => answers.shift()!());

    const error = await assertRejects(() => findDocument(CLIENT_ID), OAuthError);
    clock.time += 5_000;
    const metadata = await findDocument(CLIENT_ID);

    assertEquals([error.code, error.reason], ["temporarily_unavailable", "metadata_document_unavailable"]);
    assertEquals(metadata.client_name, "Example app");
  });

  Deno.test(`the last good copy serves in trouble: ${what}`, async () => {
    const answers = [() => Response.json(DOCUMENT)];
    const { findDocument, fetched } = documents(() => (answers.shift() ?? answer)());
    await findDocument(CLIENT_ID);

    const metadata = await findDocument(CLIENT_ID);

    assertEquals([metadata.client_name, fetched.length], ["Example app", 2]);
  });
}

Deno.test("whoever publishes a document sees who asks for it", async () => {
  const sent: Headers[] = [];
  const findDocument = buildFindMetadataDocument(buildDependencies({}, {
    safeFetch: (_url, init) => {
      sent.push(new Headers(init?.headers));
      return Promise.resolve(Response.json(DOCUMENT));
    },
  }));

  await findDocument(CLIENT_ID);

  assertEquals(
    [sent[0]?.get("User-Agent"), sent[0]?.get("Accept")],
    ["Gatepost/1.0 (+https://auth.example.com)", "application/json"],
  );
});

Deno.test("a document with a hostile redirect URI is refused", async () => {
  const { findDocument } = documents(() =>
    Response.json({ ...DOCUMENT, redirect_uris: ["javascript:alert(1)"] })
  );

  await assertRejects(() => findDocument(CLIENT_ID), OAuthError);
});

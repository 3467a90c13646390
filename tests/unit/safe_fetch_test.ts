import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import {
  buildSafeFetch,
  isPublicAddress,
  type Resolve,
  type SafeFetch,
} from "../../functions/_shared/http/safe_fetch.ts";

const PUBLIC_ADDRESS = "93.184.215.14";

/** A safe fetch over a network that answers this; what reached the network is counted. */
function over(
  answer: (request: Request) => Response | Promise<Response>,
  { resolve = () => Promise.resolve([PUBLIC_ADDRESS]), allowPrivateUpstreams = false }: {
    resolve?: Resolve;
    allowPrivateUpstreams?: boolean;
  } = {},
): { safeFetch: SafeFetch; reached: string[] } {
  const reached: string[] = [];
  const fetchOver = async (input: Request | URL | string): Promise<Response> => {
    const request = new Request(input);
    reached.push(request.url);
    return await answer(request);
  };
  return { safeFetch: buildSafeFetch({ allowPrivateUpstreams }, resolve, fetchOver), reached };
}

Deno.test("a public address is fetched, with method, headers and body", async () => {
  const { safeFetch } = over(async (request) =>
    Response.json({
      method: request.method,
      redirect: request.redirect,
      header: request.headers.get("X-Y"),
      body: await request.text(),
    }, { status: 201 })
  );

  const response = await safeFetch("https://login.example.com/token", {
    method: "POST",
    headers: { "X-Y": "z" },
    body: "a=1",
  });

  assertEquals([response.status, await response.json()], [201, {
    method: "POST",
    redirect: "manual",
    header: "z",
    body: "a=1",
  }]);
});

for (const status of [204, 304]) {
  Deno.test(`an answer ${status} without a body ${status < 300 ? "passes" : "is no redirect to follow"}`, async () => {
    const { safeFetch } = over(() => new Response(null, { status }));

    const outcome = await safeFetch("https://login.example.com/").then(
      ({ status }) => status,
      () => "unavailable",
    );

    assertEquals(outcome, status < 300 ? status : "unavailable");
  });
}

const REFUSED_URLS = [
  "http://login.example.com/",
  "ftp://login.example.com/",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://0x7f.1/",
  "https://0x7f000001/",
  "https://2130706433/",
  "https://017700000001/",
  "https://0/",
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://100.64.0.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::7f00:1]/",
  "https://[fe80::1]/",
  "https://[fc00::1]/",
  "https://[fd12:3456::1]/",
  "https://[fec0::1]/",
  "https://[ff02::1]/",
  "https://[::ffff:169.254.169.254]/",
  "https://[::ffff:0:169.254.169.254]/",
  "https://[64:ff9b::a9fe:a9fe]/",
  "https://[64:ff9b:1::a9fe:a9fe]/",
  "https://[2002:a9fe:a9fe::]/",
  "https://[2001::1]/",
  "https://[2001:db8::1]/",
  "https://[4000::1]/",
];
for (const url of REFUSED_URLS) {
  Deno.test(`${url} is refused before anything is sent`, async () => {
    const { safeFetch, reached } = over(() => new Response());

    const error = await assertRejects(() => safeFetch(url), OAuthError);

    assertEquals(
      [error.code, error.reason, error.message],
      ["server_error", "upstream_address_refused", "Cannot reach the provider: its address may not be used"],
    );
    assertEquals(reached, []);
  });
}

const RESOLVED = [
  ["127.0.0.1"],
  ["169.254.169.254"],
  ["10.1.2.3"],
  ["::1"],
  ["::ffff:10.0.0.1"],
  ["64:ff9b::7f00:1"],
  [PUBLIC_ADDRESS, "127.0.0.1"],
  [PUBLIC_ADDRESS, "fd00::1"],
  ["not an address"],
];
for (const addresses of RESOLVED) {
  Deno.test(`a name that resolves to ${addresses.join(" and ")} is refused`, async () => {
    const { safeFetch, reached } = over(() => new Response(), { resolve: () => Promise.resolve(addresses) });

    const error = await assertRejects(() => safeFetch("https://login.example.com/"), OAuthError);

    assertEquals([error.reason, reached], ["upstream_address_refused", []]);
  });
}

Deno.test("a public IPv6 address is fetched", async () => {
  const { safeFetch } = over(() => new Response("hello"), {
    resolve: () => Promise.resolve(["2606:4700::1111"]),
  });

  const response = await safeFetch("https://login.example.com/");

  assertEquals(await response.text(), "hello");
});

const UNRESOLVED: [what: string, resolve: Resolve][] = [
  ["has no address", () => Promise.resolve([])],
  ["cannot be resolved", () => Promise.reject(new Error("no DNS"))],
];
for (const [what, resolve] of UNRESOLVED) {
  Deno.test(`a name that ${what} is a failure of the moment`, async () => {
    const { safeFetch, reached } = over(() => new Response(), { resolve });

    const error = await assertRejects(() => safeFetch("https://login.example.com/"), OAuthError);

    assertEquals([error.code, error.reason, reached], ["temporarily_unavailable", "upstream_unresolved", []]);
  });
}

// Deno's words: 2.1.4 has them in the message, newer ones in the cause's.
const SAID: [words: string, reason: string][] = [
  [
    "client error (Connect): dns error: failed to lookup address information: Name or service not known",
    "upstream_unresolved",
  ],
  ["client error (Connect): invalid peer certificate: UnknownIssuer", "upstream_certificate_refused"],
  ["client error (Connect): invalid peer certificate: Expired", "upstream_certificate_refused"],
  [
    "client error (Connect): received corrupt message of type InvalidContentType",
    "upstream_certificate_refused",
  ],
  ["client error (Connect): tcp connect error: Connection refused (os error 111)", "upstream_unreachable"],
];
for (const [words, reason] of SAID) {
  for (const isCause of [false, true]) {
    Deno.test(`no answer is told as ${reason} where the ${isCause ? "cause" : "error"} says ${words}`, async () => {
      const message = `error sending request for url (https://tls.dns-error.example/certificate): ${words}`;
      const thrown = isCause
        ? new TypeError("fetch failed", { cause: new Error(message) })
        : new TypeError(message);
      const { safeFetch } = over(() => Promise.reject(thrown));

      const error = await assertRejects(() => safeFetch("https://login.example.com/"), OAuthError);

      assertEquals([error.code, error.reason], ["temporarily_unavailable", reason]);
    });
  }
}

const FAILURES: [what: string, answer: () => Response | Promise<Response>][] = [
  ["does not answer", () => Promise.reject(new TypeError("connection refused"))],
  ["times out", () => Promise.reject(new DOMException("timed out", "TimeoutError"))],
  [
    "redirects to a private address",
    () => new Response(null, { status: 302, headers: { Location: "http://169.254.169.254/" } }),
  ],
  ["redirects to a public address", () => Response.redirect("https://elsewhere.example/", 307)],
  ["declares too much", () => new Response("x", { headers: { "Content-Length": String(1024 * 1024 + 1) } })],
  [
    "breaks off",
    () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) })),
  ],
];
for (const [what, answer] of FAILURES) {
  Deno.test(`an address that ${what} is a failure of the moment`, async () => {
    const { safeFetch, reached } = over(answer);

    const error = await assertRejects(() => safeFetch("https://login.example.com/"), OAuthError);

    assertEquals(
      [error.code, error.reason, error.message, error.headers],
      [
        "temporarily_unavailable",
        "upstream_unreachable",
        "Cannot reach the provider now: try again",
        { "Retry-After": "5" },
      ],
    );
    assertEquals(reached, ["https://login.example.com/"]);
  });
}

Deno.test("an answer of ten megabytes is stopped after one", async () => {
  let sent = 0;
  const { safeFetch } = over(() =>
    new Response(
      new ReadableStream({
        pull(controller): void {
          sent += 64 * 1024;
          controller.enqueue(new Uint8Array(64 * 1024));
          if (sent >= 10 * 1024 * 1024) {
            controller.close();
          }
        },
      }, { highWaterMark: 0 }),
    )
  );

  const error = await assertRejects(() => safeFetch("https://login.example.com/"), OAuthError);

  assertEquals([error.code, sent <= 1024 * 1024 + 128 * 1024], ["temporarily_unavailable", true]);
});

Deno.test("local development reaches http and private addresses, and still follows no redirect", async () => {
  const { safeFetch } = over(
    (request) =>
      request.url.endsWith("/away") ? Response.redirect("http://127.0.0.1/", 302) : new Response("hello"),
    { allowPrivateUpstreams: true, resolve: () => Promise.reject(new Error("not asked")) },
  );

  const response = await safeFetch("http://127.0.0.1:4000/");

  assertEquals(await response.text(), "hello");
  await assertRejects(() => safeFetch("http://127.0.0.1:4000/away"), OAuthError);
});

const ADDRESSES: [address: string, isPublic: boolean][] = [
  ["1.1.1.1", true],
  [PUBLIC_ADDRESS, true],
  ["2606:4700::1111", true],
  ["2001:4860:4860::8888", true],
  ["0.0.0.0", false],
  ["127.0.0.53", false],
  ["192.0.2.1", false],
  ["198.18.0.1", false],
  ["240.0.0.1", false],
  ["::7f00:1", false],
  ["4000::1", false],
  ["8000::1", false],
  ["fe80::1%eth0", false],
  ["", false],
  ["example.com", false],
];
for (const [address, isPublic] of ADDRESSES) {
  Deno.test(`${JSON.stringify(address)} is ${isPublic ? "" : "not "}a public address`, () => {
    assertEquals(isPublicAddress(address), isPublic);
  });
}

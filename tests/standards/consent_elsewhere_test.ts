/**
 * The consent page at a place of its own, in a real browser: what it shows, what it refuses, and who can use it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { parseEncryptionKeys } from "../../functions/_shared/secrets/encryption.ts";
import { openConsentForm, sealConsentForm } from "../../functions/oauth-authorize/consent_form.ts";
import { attemptAuthorization, discover, REDIRECT_URI, register } from "../support/client/mcp_client.ts";
import { LANGUAGES } from "../../functions/_shared/http/language.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { useStack } from "../support/stack/stack.ts";
import { browserTest, closeChromium } from "../support/client/chromium.ts";

const PAGE = new URL("../../functions/oauth-authorize/hosted_consent_page.html", import.meta.url);
/** One pixel. */
const LOGO =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const source = await Deno.readTextFile(PAGE);

const places = servePlaces();
const stack = await useStack("own", { env: { GATEPOST_CONSENT_URL: `${places.origin}/consent.html` } });
Deno.test.afterAll(async () => {
  await closeChromium();
  await places.close();
});

browserTest("a person who approves with the keyboard alone comes back with a code", async (page) => {
  const { attempt, clientUrl } = await visitAuthorize(page);

  await page.getByRole("heading", { name: "Connect Plain client to Demo MCP server?" }).waitFor();
  assert(page.url().startsWith(`${places.origin}/consent.html#`));
  await page.keyboard.press("Tab");
  assertEquals(await page.evaluate("document.activeElement.textContent"), "Approve");
  await page.keyboard.press("Enter");
  await logInAtProvider(page);
  const returned = await clientUrl;

  assertEquals(returned.searchParams.get("state"), attempt.state);
  assertEquals(returned.searchParams.get("iss"), stack.status.ISSUER);
  assert(returned.searchParams.get("code"));
});

browserTest("a person who cancels goes back to the app with access_denied", async (page) => {
  const { clientUrl } = await visitAuthorize(page);

  await page.getByRole("button", { name: "Cancel" }).click();

  assertEquals((await clientUrl).searchParams.get("error"), "access_denied");
});

browserTest(
  "a screen reader meets heading, terms and two named buttons, and begins at the heading",
  async (page) => {
    await visitAuthorize(page);
    await page.getByRole("button", { name: "Approve" }).waitFor();

    assertEquals(await page.evaluate("document.activeElement.tagName"), "H1");
    assertEquals(await page.evaluate("document.documentElement.lang"), "en");
    assertEquals(await page.title(), "Connect to Demo MCP server");
    assertEquals(
      (await page.locator("main").ariaSnapshot()).split("\n").map((line) => line.trim().replace(/:$/, "")),
      [
        "- main",
        "- paragraph: Demo organization",
        `- heading "Connect Plain client to Demo MCP server?" [level=1]`,
        "- status",
        "- alert",
        "- paragraph",
        "- text: You continue at",
        "- strong: Demo provider",
        "- text: to log in. The app never sees your password.",
        "- term: App, as it calls itself (not verified)",
        "- definition: Plain client",
        "- term: Sends you back to",
        "- definition",
        "- strong: 127.0.0.1 (this computer)",
        "- term: Server",
        `- definition: Demo MCP server ${stack.status.MCP_URL}`,
        "- term: It may",
        "- definition",
        "- list",
        "- listitem: Know who you are",
        "- listitem: See your email address",
        "- listitem: See your name and profile",
        "- listitem: Stay connected until you disconnect it",
        `- button "Approve"`,
        `- button "Cancel"`,
        "- paragraph: Approve only if you started this in an app you trust, just now.",
      ],
    );
  },
);

browserTest("what a client calls itself is text, whatever it holds", async (page) => {
  const name = `<img src=x onerror="document.title='owned'"><b>Bank</b>`;

  await visitAuthorize(page, { client_name: name });

  await page.getByRole("heading", { name: `Connect ${name} to Demo MCP server?` }).waitFor();
  assertEquals(await page.locator("main img, main b").count(), 0);
});

browserTest("the page asks the function once and loads nothing else", async (page) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(`${request.method()} ${request.url().split(/[?#]/)[0]}`));

  await visitAuthorize(page);
  await page.getByRole("button", { name: "Approve" }).waitFor();

  const authorize = `${stack.status.PUBLIC_URL}/oauth-authorize/demo`;
  assertEquals(requests.filter((request) => !request.endsWith("/favicon.ico")), [
    `GET ${authorize}`,
    `GET ${places.origin}/consent.html`,
    `POST ${authorize}`,
  ]);
});

browserTest("the organization's logo is shown from the functions, as on the built-in page", async (page) => {
  const logo = Uint8Array.fromBase64(LOGO);
  await stack.sql`update public.organizations set logo = ${logo} where id = 'org_demo'`;
  const images: string[] = [];
  page.on("request", (request) => void (request.resourceType() === "image" && images.push(request.url())));

  try {
    await visitAuthorize(page);
    await page.locator(".owner img").waitFor();
    const width = await page.locator(".owner img").evaluate(async (image) => {
      const shown = image as unknown as { decode: () => Promise<void>; naturalWidth: number };
      await shown.decode();
      return shown.naturalWidth;
    });

    assertEquals(width, 1);
    const [url, ...others] = images.filter((image) => !image.endsWith("/favicon.ico"));
    assertEquals(others, []);
    assert(url?.startsWith(`${stack.status.ISSUER}/logo?v=`), url);
  } finally {
    await stack.sql`update public.organizations set logo = null where id = 'org_demo'`;
  }
});

for (const place of ["https://evil.example/logo.png", "data:image/png;base64,AA", "/oauth/demo/logo"]) {
  browserTest(`a logo at ${place.split(":")[0]} is not loaded`, async (page) => {
    const images: string[] = [];
    page.on("request", (request) => void (request.resourceType() === "image" && images.push(request.url())));
    await changeDetails(page, { organization_logo_url: place });

    await page.goto(`${places.origin}/consent.html${await readFragment()}`);
    await page.getByRole("button", { name: "Approve" }).waitFor();

    assertEquals(await page.locator("img[src]").count(), 0);
    assertEquals(images.filter((image) => !image.endsWith("/favicon.ico")), []);
  });
}

browserTest(
  "who is about to log in is named, and another account is asked for where the provider takes it",
  async (page) => {
    await stack.sql`update public.custom_oauth_configs set account_prompt = 'select_account'`;
    try {
      await visitAuthorize(page, {}, { login_hint: "ada@example.com" });
      await page.getByText("to log in as ada@example.com.").waitFor();
      const location = Promise.withResolvers<string>();
      await page.route(`${stack.status.PUBLIC_URL}/**`, async (route) => {
        const response = await route.fetch({ maxRedirects: 0 });
        location.resolve(response.headers()["location"] ?? "");
        await route.fulfill({ contentType: "text/html", body: "Here the provider would be" });
      });
      await page.getByRole("button", { name: "Use another account" }).click();
      const { searchParams } = new URL(await location.promise);

      assertEquals([searchParams.get("prompt"), searchParams.get("login_hint")], ["select_account", null]);
    } finally {
      await stack.sql`update public.custom_oauth_configs set account_prompt = null`;
    }
  },
);

browserTest("without a way to another account none is offered", async (page) => {
  await visitAuthorize(page);
  await page.getByRole("button", { name: "Approve" }).waitFor();

  assertEquals(await page.getByRole("button").allInnerTexts(), ["Approve", "Cancel"]);
});

browserTest("a reader of German reads German, and so does one for whom the app asks it", async (page) => {
  const { attempt } = await visitAuthorize(page);
  await page.getByRole("heading", { name: "Plain client mit Demo MCP server verbinden?" }).waitFor();
  assertEquals(await page.evaluate("document.documentElement.lang"), "de");
  assertEquals(await page.title(), "Mit Demo MCP server verbinden");
  await page.getByText("Wissen, wer Sie sind").waitFor();
  assertEquals(await page.getByRole("button").allInnerTexts(), ["Zustimmen", "Abbrechen"]);

  attempt.url.searchParams.set("ui_locales", "en");
  await page.goto(attempt.url.href);
  await page.getByRole("button", { name: "Approve" }).waitFor();
  assertEquals(await page.evaluate("document.documentElement.lang"), "en");

  await page.goto(`${places.origin}/consent.html`);
  await page.getByText("Hier gibt es nichts zuzustimmen").waitFor();
  assertEquals(await page.evaluate("document.documentElement.lang"), "de");
}, { locale: "de-AT" });

browserTest("the page says what the built-in page says, in every language", async (page) => {
  await page.goto(`${places.origin}/untouched.html`);

  const texts = await page.evaluate("TEXTS") as Record<string, Record<string, string>>;

  assertEquals(Object.keys(texts), Object.keys(LANGUAGES));
  for (const [language, { consent, scopes, error, again }] of Object.entries(LANGUAGES)) {
    const { ownTitle: _, ownHeading: __, ownWarning: ___, allowed: ____, ...shared } = consent;
    const builtIn = { ...shared, none: scopes.none, cannot: error.title, expired: again.expired };
    const own = texts[language]!;
    assertEquals(
      Object.fromEntries(Object.keys(builtIn).map((key) => [key, own[key]])),
      builtIn,
    );
    assertEquals(Object.keys(own).toSorted(), Object.keys(texts["en"]!).toSorted());
  }
});

browserTest("inside another page it shows nothing to press and asks nothing", async (page) => {
  const fragment = await readFragment();
  const asked = recordPosts(page);

  await page.goto(`${places.origin}/framed.html${fragment}`);
  const frame = page.frameLocator("iframe");

  await frame.getByText("This page does not work inside another page: open it in a tab of its own.")
    .waitFor();
  assertEquals(await frame.getByRole("button").count(), 0);
  assertEquals(asked, []);
});

browserTest("inside a frame that runs no script there is nothing to press either", async (page) => {
  await page.goto(`${places.origin}/sandboxed.html${await readFragment()}`);
  const frame = page.frameLocator("iframe");

  await frame.getByRole("heading", { name: "Connect an app" }).waitFor();

  assertEquals(await frame.getByRole("button").count(), 0);
});

for (
  const [kind, change] of [
    ["another host", () => "https://evil.example/functions/v1/oauth-authorize/demo"],
    ["a host that begins like ours", (url: string) => url.replace("/functions", ".evil.example/functions")],
    ["another function", (url: string) => url.replace("oauth-authorize", "oauth-token")],
    ["a path that climbs", (url: string) => url.replace("demo", "../oauth-token/demo")],
    ["a script", () => "javascript:alert(1)"],
  ] as [string, (url: string) => string][]
) {
  browserTest(`a request that belongs to ${kind} is refused, and nobody is asked`, async (page) => {
    const fragment = new URLSearchParams((await readFragment()).slice(1));
    fragment.set("authorize", change(fragment.get("authorize")!));
    const asked = recordPosts(page);

    await page.goto(`${places.origin}/consent.html#${fragment}`);

    await assertProblem(
      page,
      "This request belongs to another server, so it cannot be approved here: close this page.",
    );
    assertEquals(asked, []);
  });
}

browserTest("a request that is too old leads to the same request again", async (page) => {
  const fragment = new URLSearchParams((await readFragment()).slice(1));
  fragment.set("form", await age(fragment.get("form")!, 11 * 60 * 1000));

  await page.goto(`${places.origin}/consent.html#${fragment}`);

  await assertProblem(
    page,
    "This approval page is too old. Nothing is lost: open it anew and approve there.",
  );
  await page.getByRole("link", { name: "Open the approval page anew" }).click();
  await page.getByRole("button", { name: "Approve" }).waitFor();
});

browserTest("a request that was altered is refused with a sentence", async (page) => {
  const fragment = await readFragment();

  await page.goto(`${places.origin}/consent.html${fragment}x`);

  await assertProblem(page, "Cannot approve: the form did not come from the approval page.");
});

browserTest("a form that was used already leads to the same request again", async (page) => {
  await visitAuthorize(page);
  const url = page.url();
  await page.getByRole("button", { name: "Approve" }).click();
  await page.waitForURL(`${stack.status.UPSTREAM_ISSUER}/**`);

  await page.goto(url);
  await page.getByRole("button", { name: "Approve" }).click();

  await page.getByRole("heading", { name: "Approve again" }).waitFor();
  await page.getByRole("link", { name: "Open the approval page" }).click();
  await page.getByRole("heading", { name: "Connect Plain client to Demo MCP server?" }).waitFor();
});

browserTest("the browser's back button leads to a page whose buttons work", async (page) => {
  await visitAuthorize(page);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.waitForURL(`${stack.status.UPSTREAM_ISSUER}/**`);

  await page.goBack();

  await page.getByRole("button", { name: "Approve" }).waitFor();
  assertEquals(await page.getByRole("button", { name: "Approve" }).isEnabled(), true);
});

browserTest("a press is sent once, and a page that the browser kept can be used again", async (page) => {
  await visitAuthorize(page);
  const approve = page.getByRole("button", { name: "Approve" });
  await approve.waitFor();
  // No content: the browser stays where it is.
  await page.route(`${stack.status.PUBLIC_URL}/**`, (route) => route.fulfill({ status: 204 }));

  await approve.click();
  await page.waitForFunction("document.querySelector('button').disabled");
  await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");

  assertEquals(await approve.isEnabled(), true);
});

browserTest("a server that cannot be reached is explained", async (page) => {
  const fragment = await readFragment();
  await page.route(`${stack.status.PUBLIC_URL}/**`, (route) => route.abort());

  await page.goto(`${places.origin}/consent.html${fragment}`);

  await assertProblem(page, "The server cannot be reached at the moment: load this page again.");
});

browserTest("without a request there is nothing to approve", async (page) => {
  await page.goto(`${places.origin}/consent.html`);

  await assertProblem(page, "There is nothing to approve here: go back to your app and connect from there.");
});

browserTest("a page whose public URL was not written in says so", async (page) => {
  await page.goto(`${places.origin}/untouched.html${await readFragment()}`);

  await assertProblem(
    page,
    "This page is not set up yet: whoever runs it has to write the public URL into it.",
  );
});

browserTest("without script the page says that it needs it", async (page) => {
  await page.goto(`${places.origin}/consent.html${await readFragment()}`);

  await page.getByText("This page needs JavaScript").waitFor();
  assertEquals(await page.getByRole("button").count(), 0);
}, { javaScriptEnabled: false });

for (const colorScheme of ["light", "dark"] as const) {
  for (const [device, viewport] of Object.entries({ phone: [320, 640], desktop: [1280, 800] })) {
    browserTest(`every text can be read on a ${device} in ${colorScheme} colours`, async (page) => {
      await visitAuthorize(page, {
        client_name: "An app with an unbreakably long name".replaceAll(" ", "-"),
      });
      await page.getByRole("button", { name: "Approve" }).waitFor();

      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      const contrasts = await page.evaluate(MEASURE_CONTRASTS) as number[];

      assert(Number(overflow) <= 0, `the page is ${overflow} pixels too wide`);
      assert(contrasts.length > 10 && Math.min(...contrasts) >= 4.5, `contrasts: ${contrasts}`);
    }, { colorScheme, viewport: { width: viewport[0]!, height: viewport[1]! } });
  }
}

Deno.test("the page's policy names the hashes of its one script and its one style", async () => {
  const policy = /content="(default-src[^"]*)"/.exec(source)?.[1];

  const [script, style] = await Promise.all(["script", "style"].map(hashElement));

  assertEquals(
    policy,
    `default-src 'none'; base-uri 'none'; script-src '${script}'; style-src '${style}'; ` +
      "img-src https: http://127.0.0.1:* http://localhost:*; " +
      "connect-src https: http://127.0.0.1:* http://localhost:*",
  );
});

Deno.test("the page looks like the pages that the functions serve", async () => {
  const shown = await fetch(`${stack.status.PUBLIC_URL}/oauth-authorize/demo`, { method: "POST" });

  const [, style = ""] = /<style[^>]*>(.*?)<\/style>/s.exec(await shown.text()) ?? [];

  assert(style.length > 1000);
  assertStringIncludes(toBareStyle(source), toBareStyle(style));
});

/** Contrast of each text with its ground (WCAG 2.2 §1.4.3). */
const MEASURE_CONTRASTS = `[...document.querySelectorAll("h1, p, dt, dd, li, small, strong, button")]
  .filter((element) => element.checkVisibility() && element.textContent.trim())
  .map((element) => {
    const luminance = (color) => color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    let ground = element;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    const [low, high] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
      .map(luminance).sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  })`;

/** Opens the authorize URL of a new client; resolves with where the browser is when it is back at the client. */
async function visitAuthorize(
  page: Page,
  metadata: Record<string, unknown> = {},
  parameters: Record<string, string> = {},
): Promise<{ attempt: Awaited<ReturnType<typeof attemptAuthorization>>; clientUrl: Promise<URL> }> {
  const client = await register(await discover(stack.status.MCP_URL), metadata);
  const attempt = attemptAuthorization(client, parameters);
  const arrived = Promise.withResolvers<URL>();
  await page.route(`${REDIRECT_URI}**`, async (route) => {
    arrived.resolve(new URL(route.request().url()));
    await route.fulfill({ body: "back at the app" });
  });
  await page.goto(attempt.url.href);
  return { attempt, clientUrl: arrived.promise };
}

async function logInAtProvider(page: Page): Promise<void> {
  await page.locator("input[name=login]").fill("ada");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The fragment that a valid request comes with. */
async function readFragment(): Promise<string> {
  const { url } = attemptAuthorization(await register(await discover(stack.status.MCP_URL)));
  const response = await fetch(url, { headers: { Accept: "text/html" }, redirect: "manual" });
  await response.body?.cancel();
  return new URL(response.headers.get("Location")!).hash;
}

/** The same form as if it had been shown a while ago. */
async function age(sealed: string, milliseconds: number): Promise<string> {
  const dependencies = buildDependencies({}, {
    encryptionKeys: parseEncryptionKeys(stack.secrets.encryptionKeys),
    now: () => Date.now() - milliseconds,
  });
  const { request, consent, slug, organizationId } = await openConsentForm(sealed, "demo", dependencies);
  return await sealConsentForm(request, consent, { slug, organization_id: organizationId }, dependencies);
}

/** Answers the page with other details than the function's. */
async function changeDetails(page: Page, changes: Record<string, unknown>): Promise<void> {
  await page.route(`${stack.status.PUBLIC_URL}/**`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), ...changes } });
  });
}

async function assertProblem(page: Page, sentence: string): Promise<void> {
  await page.getByRole("heading", { name: "Cannot continue" }).waitFor();
  assertEquals((await page.getByRole("alert").textContent())?.trim(), sentence);
  assertEquals(await page.getByRole("button").count(), 0);
}

function recordPosts(page: Page): string[] {
  const posts: string[] = [];
  page.on("request", (request) => void (request.method() === "POST" && posts.push(request.url())));
  return posts;
}

async function hashElement(tag: string): Promise<string> {
  const [, content = "", ...others] = source.split(new RegExp(`</?${tag}>`));
  assertEquals(others.length, 1);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

/** A style without what a formatter changes. */
function toBareStyle(style: string): string {
  return style.replace(/\s+/g, "").replaceAll(";}", "}");
}

/** Serves the page, and pages around it, on an origin of another site. */
function servePlaces(): { origin: string; close: () => Promise<void> } {
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined };
  const frame = (sandbox: string): string =>
    `<!doctype html><iframe ${sandbox} width="800" height="800"></iframe>
<script>document.querySelector("iframe").src = "/consent.html" + location.hash</script>`;
  const server = Deno.serve(listening, (request) => {
    const setUp = source.replace(
      `name="gatepost-public-url" content=""`,
      `name="gatepost-public-url" content="${stack.status.PUBLIC_URL}"`,
    );
    const pages: Record<string, string> = {
      "/consent.html": setUp,
      "/untouched.html": source,
      "/framed.html": frame(""),
      "/sandboxed.html": frame(`sandbox="allow-forms allow-same-origin"`),
    };
    const html = pages[new URL(request.url).pathname];
    return new Response(html ?? null, {
      status: html ? 200 : 404,
      headers: { "Content-Type": "text/html; charset=utf-8" },
    });
  });
  return { origin: `http://localhost:${server.addr.port}`, close: () => server.shutdown() };
}

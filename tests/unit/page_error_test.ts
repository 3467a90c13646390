import { assertEquals } from "@std/assert";
import { type ErrorCode, OAuthError } from "../../functions/_shared/errors.ts";
import { answerWithPage, prefersJson } from "../../functions/_shared/http/page_error.ts";
import { assertJson, readPage } from "../support/client/answers.ts";

const ERROR = new OAuthError("invalid_client", "Cannot log in: the app <b> is unknown", {
  headers: { "Retry-After": "5" },
});

function call(accept?: string): Parameters<typeof answerWithPage>[1] {
  const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
  return { request: new Request("http://edge/", { headers }), path: [], requestId: "request-1" };
}

Deno.test("an error is a page that tells its sentence, its code and the request", async () => {
  const response = answerWithPage(ERROR, call("text/html"));

  const page = await readPage(response);
  assertEquals(
    [page.status, page.title, page.text, response.headers.get("Retry-After")],
    [
      401,
      "Cannot continue",
      "Cannot continue Cannot log in: the app &lt;b&gt; is unknown. " +
      "Go back to the app you came from and connect again. " +
      "If this happens again, tell whoever runs the server: Code invalid_client, request request-1",
      "5",
    ],
  );
});

Deno.test("an error tells a reader of another language what it means there, and its sentence below", async () => {
  const request = new Request("http://edge/", { headers: { Accept: "text/html", "Accept-Language": "de" } });

  const page = await readPage(answerWithPage(ERROR, { request, path: [], requestId: "request-1" }));

  assertEquals(
    page.text,
    "Es geht nicht weiter Diese Anfrage kann nicht beantwortet werden. " +
      "Gehen Sie zurück zu der App, aus der Sie kommen, und verbinden Sie sie noch einmal. " +
      "Wenn das wieder geschieht, sagen Sie es denen, die den Server betreiben: " +
      "Code invalid_client, Anfrage request-1 Cannot log in: the app &lt;b&gt; is unknown.",
  );
  assertEquals(/<html lang="de">/.test(page.html) && /<p lang="en">/.test(page.html), true);
});

const MEANT: [code: ErrorCode, sentence: string][] = [
  ["temporarily_unavailable", "Das kann im Augenblick nicht beantwortet werden"],
  ["server_error", "Das kann im Augenblick nicht beantwortet werden"],
  ["not_found", "Unter dieser Adresse gibt es nichts"],
  ["access_denied", "Das ist nicht erlaubt"],
  ["invalid_request", "Diese Anfrage kann nicht beantwortet werden"],
];
for (const [code, sentence] of MEANT) {
  Deno.test(`an error ${code} is told in German as: ${sentence}`, async () => {
    const request = new Request("http://edge/", { headers: { "Accept-Language": "de" } });

    const page = await readPage(
      answerWithPage(new OAuthError(code, "Cannot answer"), { request, path: [], requestId: "request-1" }),
    );

    assertEquals(page.text.includes(` ${sentence}. `), true, page.text);
  });
}

Deno.test("an error is JSON for whoever asks for JSON", async () => {
  await assertJson(answerWithPage(ERROR, call("application/json")), 401, {
    error: "invalid_client",
    error_description: "Cannot log in: the app <b> is unknown",
  });
});

const ACCEPTED: [accept: string | undefined, json: boolean][] = [
  ["application/json", true],
  ["application/json, text/plain, */*", true],
  ["text/html,application/xhtml+xml,*/*;q=0.8", false],
  ["text/html, application/json", false],
  ["*/*", false],
  ["", false],
  [undefined, false],
];
for (const [accept, json] of ACCEPTED) {
  Deno.test(`Accept ${JSON.stringify(accept)} asks for ${json ? "JSON" : "a page"}`, () => {
    assertEquals(prefersJson(call(accept).request), json);
  });
}

/**
 * The stack's address answers pages of other origins, as the platform's gateway does.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { answerAcrossOrigins } from "../../supabase/local/front/cross_origin.ts";

const URL_OF_AUTH = "http://127.0.0.1:54321/auth/v1/settings";

Deno.test("a preflight is answered at once, for every header that it names", async () => {
  const request = new Request(URL_OF_AUTH, {
    method: "OPTIONS",
    headers: {
      "access-control-request-method": "GET",
      "access-control-request-headers": "apikey, x-client-info",
    },
  });

  const response = await answerAcrossOrigins(
    request,
    () => Promise.reject(new Error("Nobody is to be asked")),
  );

  assertEquals(response.status, 204);
  assertEquals(response.headers.get("access-control-allow-origin"), "*");
  assertEquals(response.headers.get("access-control-allow-headers"), "apikey, x-client-info");
});

Deno.test("every other answer can be read by any page, and is otherwise as it was", async () => {
  const answer = new Response("{}", {
    status: 401,
    headers: { "content-type": "application/json", "access-control-allow-credentials": "true" },
  });

  const response = await answerAcrossOrigins(new Request(URL_OF_AUTH), () => Promise.resolve(answer));

  assertEquals([response.status, await response.text()], [401, "{}"]);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("access-control-allow-origin"), "*");
  assertEquals(response.headers.get("access-control-allow-credentials"), null);
});

import { assertEquals } from "@std/assert";
import { buildExplainingFetch } from "../../supabase/commands/login/explain_requests.ts";

const answers: [what: string, answer: () => Response, line: string][] = [
  ["an answer", () => new Response("fine"), "MCP: GET /mcp/demo → 200"],
  ["a refusal without words", () => new Response("no", { status: 404 }), "MCP: GET /mcp/demo → 404"],
  ["a challenge", () =>
    new Response(null, {
      status: 401,
      headers: {
        "WWW-Authenticate":
          'Bearer error="invalid_token", error_description="Cannot call: your login has ended"',
      },
    }), "MCP: GET /mcp/demo → 401: Cannot call: your login has ended"],
  [
    "an error of OAuth",
    () =>
      Response.json({ error: "invalid_grant", error_description: "Cannot refresh: expired" }, {
        status: 400,
      }),
    "MCP: GET /mcp/demo → 400: Cannot refresh: expired",
  ],
];
for (const [what, answer, line] of answers) {
  Deno.test(`login explains ${what}, and leaves the answer to the client`, async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, answer);
    const steps: string[] = [];
    const mcpUrl = `http://127.0.0.1:${server.addr.port}/mcp/demo`;

    const response = await buildExplainingFetch(mcpUrl, {
      step: (text: string) => steps.push(text),
      print: () => undefined,
    } as never)(mcpUrl);

    assertEquals(steps, [line]);
    assertEquals(await response.text(), await answer().text());
  });
}

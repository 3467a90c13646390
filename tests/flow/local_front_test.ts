import { assertEquals } from "@std/assert";
import { startFront } from "../../supabase/local/front/front.ts";
import type { Service } from "../../supabase/local/processes/keep_running.ts";

Deno.test("the front of the local stack tells the caller's address, whatever the caller says", async () => {
  const forged = { "X-Real-IP": "203.0.113.1", "X-Forwarded-For": "203.0.113.1, 198.51.100.1" };
  await using functions = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) => Response.json([headers.get("X-Real-IP"), headers.get("X-Forwarded-For")]),
  );
  const service: Service = { port: () => functions.addr.port, stop: () => Promise.resolve() };
  const front = startFront(0);
  front.open({
    rest: service,
    functions: service,
    settings: [{ name: "mcp", entrypoint: "", verifyJwt: false }],
    jwtSecret: "",
    publicUrl: `http://127.0.0.1:${front.port}/functions/v1`,
    defaultServer: undefined,
  });

  const answers = [];
  for (const headers of [{}, forged]) {
    const response = await fetch(`http://127.0.0.1:${front.port}/functions/v1/mcp/demo`, { headers });
    answers.push(await response.json());
  }
  await front.stop();

  assertEquals(answers, [["127.0.0.1", "127.0.0.1"], ["127.0.0.1", "127.0.0.1"]]);
});

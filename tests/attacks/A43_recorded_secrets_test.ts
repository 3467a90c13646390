/**
 * A43: secrets that pass through the gateway and might stay in its records.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { until } from "../support/run/until.ts";
import { postMessage } from "../support/client/mcp_client.ts";
import { type GatewayScene, setGatewayScene } from "../support/stack/gateway_scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

/** Everything that is kept of an organization's calls, as text. */
async function readRecords({ tenant }: Pick<GatewayScene, "tenant">): Promise<string> {
  const tables = await stack.sql`
    select table_name from information_schema.columns
    where table_schema = 'public' and column_name = 'organization_id'
      and (table_name like 'mcp\_call%' or table_name like 'mcp\_tool%' or table_name like 'mcp\_user%')`;
  const rows: string[] = [];
  for (const { table_name } of tables) {
    const found = await stack.sql`
      select to_jsonb(t)::text as row from public.${stack.sql(table_name)} as t
      where organization_id = ${tenant.organizationId}`;
    rows.push(...found.map(({ row }) => `${table_name} ${row}`));
  }
  return rows.join("\n");
}

Deno.test("A43: no token that anybody has seen is in the records, wherever a call carries it", async () => {
  let seen: string[] = [];
  await using scene = await setGatewayScene(stack, {
    server: { record_payloads: "all", redacted_paths: ["$.deep.list[*].note", "$..diary"] },
    mcp: ({ bearer = "", headers, body }) => {
      const { id } = JSON.parse(body);
      const user = headers.get("Gatepost-User") ?? "";
      seen = [bearer, user];
      const text = JSON.stringify({
        access_token: bearer,
        said: `Bearer ${bearer}`,
        user,
        api_key: "k-of-the-server",
      });
      return Response.json({
        jsonrpc: "2.0",
        id,
        result: {
          content: [{ type: "text", text: `you sent ${bearer} and ${user}` }, { type: "text", text }],
        },
      });
    },
  });
  const sessionId = `session-${crypto.randomUUID()}`;
  const secrets = {
    "password": "correct horse battery",
    "Api-Key": "k-1234567",
    "X_AUTHORIZATION": "opaque-1",
    "sessionCookie": "c-1234567",
  };
  const { accessToken, refreshToken } = scene;

  for (
    const params of [
      {
        name: "echo",
        arguments: { text: `my tokens: ${accessToken} ${refreshToken} ${sessionId}`, ...secrets },
      },
      {
        name: `tool ${sessionId} ${accessToken}`,
        arguments: { list: [{ nested: { value: refreshToken } }], ...secrets },
      },
      {
        name: "paths",
        arguments: {
          deep: { list: [{ note: "note-1", kept: "kept-1" }] },
          a: [{ diary: "diary-1" }],
          headers: [{ name: "Authorization", value: "value-1" }],
          text: `curl -H "Authorization: Bearer ${refreshToken}" "https://a.example/?client_secret=query-1"`,
        },
      },
    ]
  ) {
    const response = await postMessage(
      scene.tenant.mcpUrl,
      accessToken,
      { id: 1, method: "tools/call", params },
      { "Mcp-Session-Id": sessionId, "Gatepost-Tracking-Id": "tracking-of-a-visitor" },
    );
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
  const uri = `https://user:pass-1@files.example/a?access_token=${refreshToken}#${accessToken}`;
  const read = { id: 2, method: "resources/read", params: { uri } };
  await (await postMessage(scene.tenant.mcpUrl, accessToken, read, { "Mcp-Session-Id": sessionId })).text();

  const records = await until("four calls are recorded", async () => {
    const found = await readRecords(scene);
    return found.split("\n").filter((row) => row.startsWith("mcp_calls ")).length === 4 && found;
  });
  const [bearer = "", user = ""] = seen;
  assert(bearer.length > 8 && user.startsWith("eyJ"));
  const hidden = [
    ...[
      accessToken.slice(0, 60),
      refreshToken,
      bearer,
      user,
      sessionId,
      "tracking-of-a-visitor",
      "k-of-the-server",
    ],
    ...[...Object.values(secrets), "note-1", "diary-1", "value-1", "query-1", "pass-1"],
  ];
  for (const secret of hidden) {
    assertEquals([secret, records.includes(secret)], [secret, false]);
  }
  assert(records.includes("kept-1") && records.includes("[redacted]") && records.includes("files.example"));
});

Deno.test("A43: without record_payloads nothing of a payload is recorded, and with arguments no result", async () => {
  for (const record_payloads of ["none", "arguments"] as const) {
    await using scene = await setGatewayScene(stack, { server: { record_payloads } });
    const call = { id: 1, method: "tools/call", params: { name: "add", arguments: { a: 1 } } };

    await (await postMessage(scene.tenant.mcpUrl, scene.accessToken, call)).text();

    const [row] = await until("a call is recorded", async () => {
      const rows = await stack.sql`
        select arguments, result from public.mcp_calls where organization_id = ${scene.tenant.organizationId}`;
      return rows.length > 0 && rows;
    });
    assertEquals({ ...row }, { arguments: record_payloads === "none" ? null : { a: 1 }, result: null });
  }
});

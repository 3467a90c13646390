/**
 * The README's calls from one's own service, run as they stand.
 *
 * What they leave open, the sealed token, `API_URL`, `SECRET_KEY` and `DB_URL`, is the
 * running stack's: as constants for TypeScript, in the environment for the shell, as
 * the connection for SQL.
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { connect } from "../../supabase/local/database/connect.ts";
import { sealTokens } from "../../supabase/examples/seal_token.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import { startProvider } from "../support/provider/provider.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const root = new URL("../../", import.meta.url).pathname;
const readme = await Deno.readTextFile(`${root}README.md`);
const section = /## Call it from your own service\n(.*?)\n## /s.exec(readme)?.[1] ?? "";
const examples = [...section.matchAll(/```(\w+)\n(.*?)\n```/gs)].map(([, language, text]) => ({
  language: language ?? "",
  text: text ?? "",
}));

/** Where curl is missing its example is left out, but for CI. */
const hasCurl = await new Deno.Command("curl", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

/** How an example is run, by its language; it tells the row that it got. */
const RUN: Record<string, (text: string) => Promise<unknown>> = {
  async sql(text): Promise<unknown> {
    const database = connect(stack.status.DB_URL);
    try {
      const [row] = await database.unsafe(text);
      return { ...row };
    } finally {
      await database.end();
    }
  },
  async ts(text): Promise<unknown> {
    const { API_URL, SECRET_KEY } = stack.status;
    const constants = `const [API_URL, SECRET_KEY] = ${JSON.stringify([API_URL, SECRET_KEY])};`;
    return JSON.parse(await runText(`${constants}\n${text}\nconsole.log(JSON.stringify(data));`));
  },
  sh: async (text) => JSON.parse(await readOutput("sh", ["-c", text])),
};

/** Runs TypeScript, checked, and returns what it prints. */
async function runText(text: string): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, text);
  const args = ["run", "--check", "--allow-net", "--allow-env", "--config", `${root}deno.json`, file];
  try {
    return await readOutput(Deno.execPath(), args);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("the README calls from SQL, supabase-js and plain HTTP", () => {
  assertEquals(examples.map(({ language }) => language), ["sql", "ts", "sh"]);
});

for (const { language, text } of examples) {
  const name = `the README's call in ${language} makes an end user, and then finds it again`;
  const ignore = language === "sh" && !hasCurl && !Deno.env.get("CI");
  Deno.test({ name, ignore }, async () => {
    await stack.sql`delete from public.mcp_server_user`;

    const first = await RUN[language]!(await fillIn(text)) as Record<string, string>;
    const second = await RUN[language]!(await fillIn(text)) as Record<string, string>;

    assertEquals([first.outcome, second.outcome], ["created", "matched"]);
    assertMatch(first.mcp_server_user_id ?? "", /^mcpu_[A-Za-z0-9_-]{12}$/);
    assertMatch(first.upstream_token_id ?? "", /^uoat_[A-Za-z0-9_-]{12}$/);
    assertEquals(Object.keys(first).sort(), ["mcp_server_user_id", "outcome", "upstream_token_id"]);
    assertEquals(await readUsers(), [{
      id: first.mcp_server_user_id,
      organization_id: "org_demo",
      email: "person@example.com",
      email_verified: true,
      profile_data: { name: "A person" },
      tokens: [first.upstream_token_id, second.upstream_token_id].sort(),
    }]);
  });
}

/** The README's four calls, with what they leave open. */
async function fillFourCalls(given: Record<string, string>): Promise<string> {
  const { API_URL, PUBLISHABLE_KEY } = stack.status;
  const [EMAIL, PASSWORD] = [`${crypto.randomUUID()}@example.com`, crypto.randomUUID()];
  await createClient(API_URL, PUBLISHABLE_KEY).auth.signUp({ email: EMAIL, password: PASSWORD });
  const [, text = ""] = /in four calls.*?```ts\n(.*?)\n```/s.exec(readme) ?? [];
  const all = { API_URL, PUBLISHABLE_KEY, EMAIL, PASSWORD, ...given };
  return `const {${Object.keys(all)}} = ${JSON.stringify(all)};\n${text}`;
}

Deno.test("the README's four calls lead from a platform user to a login at the new server", async () => {
  await using mcp = startMcpServer();
  await stack.sql`select public.save_deployment_settings(p_organization_founding => 'open')`;
  await using provider = await startProvider();

  const said = await runText(
    await fillFourCalls({
      ...{ ISSUER: provider.issuer, CLIENT_ID: provider.clientId, CLIENT_SECRET: provider.clientSecret },
      MCP_SERVER_URL: mcp.url,
    }),
  );

  assertMatch(said, /^\[\s*"created",\s*"created",\s*"[^"]+\/oauth-callback\/org_[^"]+"\s*\]/);
  assertEquals((await fetch(`${stack.status.PUBLIC_URL}/mcp/tools`, { method: "POST" })).status, 401);
});

const STOPPED: [what: string, founding: string, given: Record<string, string>, said: RegExp][] = [
  [
    "the issuer has a slash more",
    "open",
    {},
    /Error: created, \{.*Cannot save config: the provider names itself/,
  ],
  ["nobody may found an organization", "closed", {}, /Error: closed, \{/],
  [
    "the password is wrong",
    "open",
    { PASSWORD: "another" },
    /permission denied for function create_organization/,
  ],
];
for (const [what, founding, given, said] of STOPPED) {
  Deno.test(`the README's four calls end with the refusal and not with a TypeError: ${what}`, async () => {
    await stack.sql`select public.save_deployment_settings(p_organization_founding => ${founding})`;
    await using provider = await startProvider();
    const issuer = `${provider.issuer}/`;
    const text = await fillFourCalls({
      ...{ ISSUER: issuer, CLIENT_ID: provider.clientId, CLIENT_SECRET: provider.clientSecret },
      MCP_SERVER_URL: "http://127.0.0.1:9/mcp",
      ...given,
    });

    const { message } = await assertRejects(() => runText(text), Error);

    assertMatch(message, said);
  });
}

/** The call with a token that the example beside it has sealed. */
async function fillIn(text: string): Promise<string> {
  const [key] = JSON.parse(stack.secrets.encryptionKeys).keys;
  const { p_access_token } = await sealTokens({ access_token: "a-token" }, "org_demo", key);
  return text.replace("eyJhbGciOiJkaXIi…", p_access_token);
}

async function readUsers(): Promise<unknown[]> {
  const rows = await stack.sql`
    select id, organization_id, email, email_verified, profile_data, array(
      select upstream.id from public.upstream_oauth_tokens as upstream
      where upstream.mcp_server_user_id = holder.id order by upstream.id collate "C"
    ) as tokens
    from public.mcp_server_user as holder`;
  return rows.map((row) => ({ ...row }));
}

/** Runs a program that knows the stack by its environment, and returns what it prints. */
async function readOutput(program: string, args: string[]): Promise<string> {
  const { API_URL, SECRET_KEY } = stack.status;
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: root,
    env: { API_URL, SECRET_KEY, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" },
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, complained);
  return said ?? "";
}

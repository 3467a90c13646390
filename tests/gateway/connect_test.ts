import { assertEquals, assertMatch } from "@std/assert";
import { buildCallbackUrl } from "../../functions/_shared/urls.ts";
import { findFreePort } from "../../supabase/local/ports.ts";
import { discover, register } from "../support/client/mcp_client.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { startOidcProvider } from "../support/provider/oidc_provider.ts";
import { type ProgrammableProvider, startProvider } from "../support/provider/provider.ts";
import { logIn } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows, insert, makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack();
const DATA_DIR = stack.logFile.replace(/\/[^/]*$/, "");
const ROOT = new URL("../../", import.meta.url).pathname;

interface Ended {
  code: number;
  out: string;
  err: string;
}

interface Running {
  ended: Promise<Ended>;
}

/** Runs a task with a text on its standard input. */
function runTask(task: string, args: string[], input = "", env: Record<string, string> = {}): Running {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", `supabase/commands/${task}.ts`, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const write = async (): Promise<void> => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  };
  return {
    ended: Promise.all([child.output(), write().catch(() => undefined)]).then((
      [{ code, stdout, stderr }],
    ) => ({
      code,
      out: new TextDecoder().decode(stdout),
      err: new TextDecoder().decode(stderr),
    })),
  };
}

interface Owner {
  organizationId: string;
  /** Options and environment that sign the owner in, as at a project. */
  options: string[];
  env: Record<string, string>;
}

/** An owner with a password, and a new organization. */
async function makeOwner(role: "owner" | "member" = "owner"): Promise<Owner> {
  const organizationId = await insert(stack, "organizations", { name: "A company" });
  const email = `${crypto.randomUUID()}@example.com`;
  const password = crypto.randomUUID();
  const response = await fetch(`${stack.status.API_URL}/auth/v1/signup`, {
    method: "POST",
    headers: { "apikey": stack.status.PUBLISHABLE_KEY, "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const { user } = await response.json();
  await insert(stack, "organization_members", { organization_id: organizationId, user_id: user.id, role });
  return {
    organizationId,
    options: [
      ...["--url", stack.status.API_URL, "--publishable-key", stack.status.PUBLISHABLE_KEY],
      ...["--public-url", stack.status.PUBLIC_URL, "--email", email],
    ],
    env: { GATEPOST_PASSWORD: password },
  };
}

function wish(provider: Pick<ProgrammableProvider, "issuer" | "clientId">, slug: string): string[] {
  return [
    ...["--issuer", provider.issuer, "--client-id", provider.clientId, "--client-secret-stdin"],
    ...["--mcp-url", "http://127.0.0.1:9/mcp", "--slug", slug],
  ];
}

/** Token requests with the secret of the provider's own client: the doctor asks as an invented one, too. */
function countOwn({ requests, clientSecret }: ProgrammableProvider): number {
  return requests("token").filter(({ headers }) =>
    atob((headers.get("Authorization") ?? "").replace("Basic ", "")).endsWith(`:${clientSecret}`)
  ).length;
}

const newSlug = (): string => `s-${crypto.randomUUID().slice(0, 13)}`;

async function waitForServer(slug: string): Promise<void> {
  for (let round = 0; round < 300; round++) {
    const [row] = await stack.sql`select from public.mcp_servers where slug = ${slug}`;
    if (row !== undefined) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("connect saved no server");
}

Deno.test("connect saves provider and server at a project as its owner, and shows the first login", async () => {
  await using provider = await startProvider();
  const { organizationId, options, env } = await makeOwner();
  const slug = newSlug();

  const running = runTask(
    "connect",
    [...wish(provider, slug), ...options, "--json", "--wait", "60"],
    `${provider.clientSecret}\n`,
    env,
  );
  await waitForServer(slug);
  const mcpUrl = `${stack.status.PUBLIC_URL}/mcp/${slug}`;
  await logIn({ client: await register(await discover(mcpUrl)) });
  const { code, out, err } = await running.ended;

  const result = JSON.parse(out);
  const [person] = await stack.sql`
    select id, email, upstream_sub from public.mcp_server_user where organization_id = ${organizationId}`;
  assertEquals([code, err], [0, ""]);
  assertEquals([result.mcp_url, result.redirect_uri], [
    mcpUrl,
    buildCallbackUrl(stack.status.PUBLIC_URL, organizationId),
  ]);
  assertEquals(result.first_login, { ...person });
  assertEquals(`${out}${err}`.includes(provider.clientSecret), false);
});

Deno.test("connect puts a provider without discovery before a server: endpoints by --set, userinfo at another host", async () => {
  await using provider = await startProvider("github");
  await using api = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    ({ headers }) =>
      fetch(provider.url("userinfo"), { headers: { "Authorization": headers.get("Authorization") ?? "" } }),
  );
  const { organizationId, options, env } = await makeOwner();
  const slug = newSlug();
  const settings = [
    `authorization_endpoint=${provider.url("authorize")}`,
    `token_endpoint=${provider.url("token")}`,
    `userinfo_endpoint=http://localhost:${api.addr.port}/user`,
    "subject_claim=id",
  ];
  const args = [
    ...["--set", settings.join(","), "--identity-source", "userinfo", "--scopes", "read:user user:email"],
    ...[
      "--client-id",
      provider.clientId,
      "--client-secret-stdin",
      "--mcp-url",
      "http://127.0.0.1:9/mcp",
      "--slug",
      slug,
    ],
  ];

  const { code, out, err } = await runTask("connect", [...args, ...options], provider.clientSecret, env)
    .ended;
  await logIn({ client: await register(await discover(`${stack.status.PUBLIC_URL}/mcp/${slug}`)) });

  const [saved] = await stack.sql`
    select config.name, config.issuer, person.upstream_sub is not null as is_known
    from public.custom_oauth_configs as config
    join public.mcp_server_user as person on person.organization_id = config.organization_id
    where config.organization_id = ${organizationId}`;
  assertEquals([code, err], [0, ""], out);
  assertEquals({ ...saved }, { name: new URL(provider.url("authorize")).host, issuer: null, is_known: true });
});

Deno.test("connect works on the running stack without a user, and is run twice", async () => {
  await using provider = await startProvider();
  const slugs = [newSlug(), newSlug()];

  const ended = [];
  for (const slug of slugs) {
    const args = [...wish(provider, slug), "--data", DATA_DIR];
    ended.push(await runTask("connect", args, provider.clientSecret).ended);
  }

  assertEquals(ended.map(({ code, err }) => [code, err]), [[0, ""], [0, ""]]);
  assertMatch(
    ended[0]!.out,
    new RegExp(`Register this redirect URI at the provider:\n {2}${stack.status.PUBLIC_URL}`),
  );
  assertMatch(ended[1]!.out, new RegExp(`/mcp/${slugs[1]}\n`));
  const owners = await stack.sql`
    select distinct organization_id from public.mcp_servers where slug = any(${slugs})`;
  assertEquals(owners.length, 1);
});

Deno.test("connect changes a server that is there only with --replace, and its former provider goes", async () => {
  await using provider = await startProvider();
  const { organizationId, options, env } = await makeOwner();
  const slug = newSlug();
  const connect = (...more: string[]): Promise<Ended> =>
    runTask("connect", [...wish(provider, slug), ...options, ...more], provider.clientSecret, env).ended;
  const readServers = async (): Promise<unknown[]> => [
    ...await stack.sql`
      select server.id, (
        select array_agg(config.id) = array[server.custom_oauth_config_id] from public.custom_oauth_configs as config
        where config.organization_id = server.organization_id
      ) as has_the_only_config
      from public.mcp_servers as server where server.organization_id = ${organizationId}`,
  ];

  const first = await connect();
  const before = await readServers();
  const again = await connect();
  const replaced = await connect("--replace");

  assertEquals([first.code, again.code, replaced.code], [0, 1, 0]);
  assertMatch(
    again.err,
    new RegExp(`Give another --slug, or --replace: ${slug} is a server of this organization`),
  );
  assertEquals(before.map((server) => ({ ...server as Record<string, unknown> })), await readServers());
  assertEquals((before[0] as Record<string, unknown>)["has_the_only_config"], true);
});

Deno.test("connect saves nothing where a check failed, says so with exit code 2, and --force saves it", async () => {
  await using provider = await startProvider();
  const { organizationId, options, env } = await makeOwner();
  const args = [...wish(provider, newSlug()), ...options];

  const { code, out, err } = await runTask("connect", args, "a wrong secret", env).ended;
  const saved = await countRows(stack, "custom_oauth_configs", organizationId);
  const forced = await runTask("connect", [...args, "--force"], "a wrong secret", env).ended;

  assertEquals([code, saved, forced.code], [2, 0, 0]);
  assertMatch(err, /^One check failed, and nothing was saved\. The redirect URI to register is http:\S+\n$/);
  assertMatch(out, /FAILED +client +The provider knows the client id and refuses the client/);
});

Deno.test("connect takes a preset, and leaves no provider behind where the server cannot be saved", async () => {
  await using provider = await startProvider();
  const { organizationId, options, env } = await makeOwner();
  const taken = newSlug();
  await makeTenant(stack, provider, { server: { slug: taken } });

  const args = [
    "--preset",
    "keycloak",
    "--values",
    "host=sso.example.com,realm=demo",
    ...wish(provider, taken),
  ];
  const { code, err } = await runTask("connect", [...args, ...options], provider.clientSecret, env).ended;

  assertEquals([code, err], [1, `Give another --slug: ${taken} is taken\n`]);
  assertEquals(await countRows(stack, "custom_oauth_configs", organizationId), 0);
});

Deno.test("connect ends with exit code 3 where nobody logs in in time", async () => {
  await using provider = await startProvider();
  const { options, env } = await makeOwner();
  const args = [...wish(provider, newSlug()), ...options, "--wait", "1"];

  const { code, err } = await runTask("connect", args, provider.clientSecret, env).ended;

  assertEquals([code, err], [3, "Nobody has logged in yet: the audit says why a login failed\n"]);
});

const NOT_GIVEN: [what: string, args: string[], input: string, sentence: string][] = [
  ["no provider", [], "", "Give --preset or --issuer\n"],
  ["no client", ["--preset", "google"], "", "Give --client-id\n"],
  [
    "no secret",
    ["--preset", "google", "--client-id", "x"],
    "",
    "Give --client-secret-stdin\n",
  ],
  [
    "an empty secret",
    ["--preset", "google", "--client-id", "x", "--client-secret-stdin"],
    "\n",
    "Standard input is empty: pass the client secret to it\n",
  ],
  ["no value of a preset", ["--preset", "entra"], "", "Give --values tenant=…\n"],
  ["no issuer", ["--issuer", "login"], "", "Give the issuer as a whole URL: login is not one\n"],
];
for (const [what, args, input, sentence] of NOT_GIVEN) {
  Deno.test(`connect says which option to give where standard input is no terminal: ${what}`, async () => {
    const { code, err } = await runTask("connect", args, input).ended;

    assertEquals([code, err], [1, sentence]);
  });
}

Deno.test("doctor has a saved config examined by its deployment, for owners only", async () => {
  await using provider = await startProvider();
  const [owner, member] = [await makeOwner(), await makeOwner("member")];
  const codes: unknown[] = [];
  for (const { organizationId, options, env } of [owner, member]) {
    const { configId } = await makeTenant(stack, provider, { organizationId });
    const { code, err } = await runTask("doctor", [configId, ...options, "--json"], "", env).ended;
    codes.push([code, err]);
  }

  assertEquals(codes, [[0, ""], [1, "Cannot check config: only owners and admins may\n"]]);
  assertEquals(countOwn(provider), 1);
});

Deno.test("doctor ends with exit code 2 where a check failed, and with 1 where it was asked nothing", async () => {
  const codes = [
    (await runTask("doctor", ["http://127.0.0.1:9"]).ended).code,
    (await runTask("doctor", []).ended).code,
  ];

  assertEquals(codes, [2, 1]);
});

Deno.test("doctor --login shows who the person would be, and makes no end user", async () => {
  const redirectUri = `http://127.0.0.1:${findFreePort()}/callback`;
  await using provider = await startOidcProvider([redirectUri]);
  const [before] = await stack.sql`select count(*)::integer as count from public.mcp_server_user`;

  const { code, out, err } = await runTask("doctor", [
    ...[provider.issuer, "--client-id", provider.clientId, "--client-secret-stdin"],
    ...["--redirect-uri", redirectUri, "--login", "--user", "ada", "--json"],
  ], provider.clientSecret).ended;

  const { login: { claims: _, ...login } } = JSON.parse(out);
  const [after] = await stack.sql`select count(*)::integer as count from public.mcp_server_user`;
  assertEquals([code, err], [0, ""]);
  assertEquals(login, {
    subject: "ada",
    issuer: provider.issuer,
    email: "ada@example.com",
    email_verified: true,
    refresh_token: false,
    scope: "openid email profile",
  });
  assertEquals({ ...after }, { ...before });
  assertEquals(`${out}${err}`.includes(provider.clientSecret), false);
});

Deno.test("a member is refused by the check, and an admin's draft never has the stored secret", async () => {
  await using provider = await startProvider();
  await using attacker = await startProvider();
  const { organizationId, configId } = await makeTenant(stack, provider);
  const check = async (role: "admin" | "member", body: Record<string, unknown>): Promise<number> => {
    const { accessToken } = await signInMember(stack, organizationId, role);
    const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs/check`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ id: configId, ...body }),
    });
    const text = await response.text();
    assertEquals(text.includes(provider.clientSecret), false);
    return response.status;
  };

  const statuses = [
    await check("member", {}),
    await check("admin", { issuer: attacker.issuer }),
    await check("admin", { token_endpoint: attacker.url("token") }),
    await check("admin", {}),
  ];

  assertEquals(statuses, [403, 200, 200, 200]);
  assertEquals([attacker.requests("token").length, countOwn(provider)], [0, 1]);
});

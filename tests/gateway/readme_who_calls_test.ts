/**
 * The lines of supabase/README.md that check who calls, run as they stand behind the running gateway.
 *
 * Python needs PyJWT and its `cryptography`; where they are missing its lines are left out, but for CI.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { issueToken } from "../../functions/_shared/tokens/signing.ts";
import { parseSigningKeys } from "../../functions/_shared/tokens/signing_keys.ts";
import { useStack } from "../support/stack/stack.ts";
import { type GatewayScene, setGatewayScene } from "../support/stack/gateway_scene.ts";

const stack = await useStack();
const root = new URL("../../", import.meta.url).pathname;
const readme = await Deno.readTextFile(`${root}supabase/README.md`);
const section = /## Who calls\n(.*?)\n## /s.exec(readme)?.[1] ?? "";
const examples = Object.fromEntries(
  [...section.matchAll(/```(\w+)\n(.*?)\n```/gs)].map(([, language = "", text = ""]) => [language, text]),
);

/** Debian's Python first: it is the one that Debian's PyJWT is for. */
async function findPython(): Promise<string | undefined> {
  for (const program of ["/usr/bin/python3", "python3"]) {
    const works = await new Deno.Command(program, {
      args: ["-c", "import jwt, cryptography"],
      stdout: "null",
      stderr: "null",
    }).output().then(({ success }) => success, () => false);
    if (works) {
      return program;
    }
  }
  return undefined;
}
const python = await findPython();

/** What the lines leave open. */
interface Given {
  GATEPOST_PUBLIC_URL: string;
  slug: string;
  UPSTREAM_URL: string;
  token: string;
}

/** Runs lines; answers the claims, or undefined where they refuse. */
type Run = (given: Given) => Promise<Record<string, unknown> | undefined>;

const RUN: Record<string, Run> = {
  async ts({ token, ...given }): Promise<Record<string, unknown> | undefined> {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    const constants = Object.entries(given).map(([name, value]) =>
      `const ${name} = ${JSON.stringify(value)};`
    );
    await Deno.writeTextFile(
      file,
      [
        ...constants,
        `const request = new Request("http://mcp.test", { headers: { "Gatepost-User": ${
          JSON.stringify(token)
        } } });`,
        examples["ts"],
        "console.log(JSON.stringify(payload));",
      ].join("\n"),
    );
    try {
      const options = ["--allow-net", "--allow-env", "--config", `${root}deno.json`];
      return await readOutput(Deno.execPath(), ["run", ...options, file]);
    } finally {
      await Deno.remove(file);
    }
  },
  py({ token, ...given }): Promise<Record<string, unknown> | undefined> {
    const constants = Object.entries(given).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const program = [
      "import json, types",
      ...constants,
      `request = types.SimpleNamespace(headers={"Gatepost-User": ${JSON.stringify(token)}})`,
      examples["py"],
      "print(json.dumps(payload))",
    ].join("\n");
    return readOutput(python!, ["-c", program]);
  },
};

async function readOutput(program: string, args: string[]): Promise<Record<string, unknown> | undefined> {
  const env = { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd: root, env }).output();
  const complaint = new TextDecoder().decode(stderr);
  if (
    !success && !/JWTClaimValidationFailed|JWTExpired|JWSSignature|JWSInvalid|jwt\.exceptions/.test(complaint)
  ) {
    throw new Error(complaint);
  }
  return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
}

/** What the MCP server of a scene knows, and the identity that it is sent. */
async function receive(scene: GatewayScene): Promise<Given> {
  await (await scene.call()).body?.cancel();
  return {
    GATEPOST_PUBLIC_URL: stack.status.PUBLIC_URL,
    slug: scene.tenant.slug,
    UPSTREAM_URL: scene.mcp.url,
    token: scene.mcp.received[0]!.headers.get("Gatepost-User")!,
  };
}

/** Signs the same claims as another type, or with other times, by the stack's own key. */
async function signAnew(token: string, type: string, seconds: number): Promise<string> {
  const { iat: _iat, exp: _exp, ...claims } = decodeJwt(token);
  return await issueToken(claims, type, seconds, await parseSigningKeys(stack.secrets.signingKeys));
}

Deno.test("the README checks who calls in TypeScript and in Python", () => {
  assertEquals(Object.keys(examples), ["ts", "py"]);
});

for (const language of ["ts", "py"]) {
  const ignore = language === "py" && python === undefined && !Deno.env.get("CI");
  Deno.test({
    name: `the README's lines in ${language} say who calls, and refuse whatever says otherwise`,
    ignore,
  }, async () => {
    await using scene = await setGatewayScene(stack);
    const given = await receive(scene);
    const { token } = given;
    const [head = "", , signature = ""] = token.split(".");
    const forged = btoa(JSON.stringify({ ...decodeJwt(token), sub: "mcpu_forged000001" }))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const run = (changes: Partial<Given> = {}): ReturnType<Run> => RUN[language]!({ ...given, ...changes });

    const { iat: _iat, exp: _exp, ...claims } = await run() ?? {};
    const refused = await Promise.all([
      run({ token: "" }),
      run({ token: [head, forged, signature].join(".") }),
      run({ slug: "another" }),
      run({ UPSTREAM_URL: "https://another.example.com/mcp" }),
      run({ token: await signAnew(token, "at+jwt", 60) }),
      run({ token: await signAnew(token, "gatepost-user+jwt", -60) }),
      run({ token: scene.accessToken }),
    ]);

    assertEquals(claims, {
      iss: scene.tenant.issuer,
      aud: scene.mcp.url,
      sub: decodeJwt(scene.accessToken).sub,
      organization_id: scene.tenant.organizationId,
      client_id: scene.client.clientId,
      email: claims["email"],
      email_verified: true,
    });
    assertEquals(refused, Array(7).fill(undefined));
    assertEquals(await run({ token: await signAnew(token, "gatepost-user+jwt", 60) }) !== undefined, true);
  });
}

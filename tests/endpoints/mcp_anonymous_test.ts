import { assertEquals } from "@std/assert";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { unavailable } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildGatewayEndpoint } from "../../functions/mcp/handler.ts";
import { buildDiscoveryEndpoint } from "../../functions/oauth/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, NOW, signingKeys } from "../support/functions/dependencies.ts";
import type { Answers, DatabaseCall } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import {
  callRequest,
  type Gateway,
  issueGatewayToken,
  withGateway,
} from "../support/mcp_server/gateway_setup.ts";
import { buildServer, ISSUER } from "../support/database/records.ts";

const VISITOR = {
  outcome: "tracked",
  organization_id: "org_1",
  mcp_server_user_id: "mcpu_visitor00001",
} as const;

/** Runs a step with a gateway before a server without sign-in, and this answer of the database. */
function withVisitors(
  open_anonymous_call: NonNullable<Answers["open_anonymous_call"]>,
  step: (gateway: Gateway) => Promise<void>,
): Promise<void> {
  return withGateway(() => Response.json({ answered: true }), step, {
    server: { auth_type: "none" },
    answers: { open_anonymous_call },
  });
}

/** Calls without a login. */
function call({ handle }: Pick<Gateway, "handle">, headers: Record<string, string> = {}): Promise<Response> {
  return handle(callRequest(undefined, { headers }));
}

/** What the database was asked of visitors. */
function openings({ dependencies }: Gateway): unknown[] {
  return dependencies.database.calls
    .filter((made): made is Extract<DatabaseCall, { name: "open_anonymous_call" }> =>
      made.name === "open_anonymous_call"
    )
    .map(({ args }) => args);
}

Deno.test("POST /mcp without sign-in forwards a visitor's call with the gateway's word for the visitor", async () => {
  await withVisitors(VISITOR, async (gateway) => {
    const response = await call(gateway, { "Gatepost-Tracking-Id": "visitor-1" });

    assertEquals(response.headers.get("WWW-Authenticate"), null);
    await assertJson(response, 200, { answered: true });
    assertEquals(openings(gateway), [
      { p_slug: "demo", p_tracking_id: "visitor-1", p_session_hash: null, p_source: null },
    ]);
    const { headers } = gateway.received[0]!;
    assertEquals(["authorization" in headers, "gatepost-tracking-id" in headers], [false, false]);
    const { payload } = await jwtVerify(headers["gatepost-user"]!, signingKeys.findPublicKey, {
      issuer: ISSUER,
      audience: gateway.url,
      algorithms: ["ES256"],
      typ: "gatepost-user+jwt",
    });
    const { iat = 0, exp = 0, ...claims } = payload;
    assertEquals([claims, exp - iat], [
      { iss: ISSUER, aud: gateway.url, sub: "mcpu_visitor00001", organization_id: "org_1" },
      300,
    ]);
    assertEquals(decodeProtectedHeader(headers["gatepost-user"]!), {
      alg: "ES256",
      kid: "signing-1",
      typ: "gatepost-user+jwt",
    });
    assertNothingLogged(gateway.dependencies.logged, ["visitor-1", "mcpu_visitor00001"]);
  });
});

for (const outcome of ["known", "crowded"] as const) {
  Deno.test(`POST /mcp without sign-in hands on no identity of a visitor who is ${outcome}`, async () => {
    await withVisitors({ outcome }, async (gateway) => {
      const response = await call(gateway, { "Gatepost-Tracking-Id": "visitor-1" });

      await assertJson(response, 200, { answered: true });
      assertEquals("gatepost-user" in gateway.received[0]!.headers, false);
    });
  });
}

const REFUSALS = [
  ["user_blocked", 403, "forbidden", "Cannot call this server: the caller is blocked"],
  ["unknown_server", 404, "not_found", "Cannot find server: no MCP server is served at this address"],
] as const;
for (const [outcome, status, error, error_description] of REFUSALS) {
  Deno.test(`POST /mcp without sign-in answers ${status} when the database answers ${outcome}, every time`, async () => {
    await withVisitors({ outcome }, async (gateway) => {
      for (let time = 0; time < 2; time++) {
        const response = await call(gateway, { "Gatepost-Tracking-Id": "visitor-1" });

        assertEquals(response.headers.get("WWW-Authenticate"), null);
        await assertJson(response, status, { error, error_description });
      }
      assertEquals([gateway.received.length, openings(gateway).length], [0, 2]);
      assertEquals(reasons(gateway.dependencies.logged), [outcome, outcome]);
    });
  });
}

Deno.test("POST /mcp without sign-in is 503 while the database is out of reach", async () => {
  await withVisitors(unavailable("Cannot answer now", "database_unavailable"), async (gateway) => {
    const response = await call(gateway, { "Gatepost-Tracking-Id": "visitor-1" });

    assertEquals([response.headers.get("Retry-After"), gateway.received.length], ["5", 0]);
    await assertJson(response, 503, {
      error: "temporarily_unavailable",
      error_description: "Cannot answer now",
    });
  });
});

for (const trackingId of ["", "two words", "t\tt", "ünï", "t".repeat(256), "one, two"]) {
  Deno.test(`POST /mcp without sign-in refuses the tracking id ${JSON.stringify(trackingId.slice(0, 12))}`, async () => {
    await withVisitors(VISITOR, async (gateway) => {
      const response = await call(gateway, { "Gatepost-Tracking-Id": trackingId });

      await assertJson(response, 400, {
        error: "invalid_request",
        error_description: "Cannot track caller: Gatepost-Tracking-Id must be 1 to 255 visible characters",
      });
      assertEquals([gateway.received.length, openings(gateway).length], [0, 0]);
      assertEquals(reasons(gateway.dependencies.logged), ["tracking_id_malformed"]);
    });
  });
}

Deno.test("POST /mcp without sign-in takes a tracking id of 255 characters", async () => {
  await withVisitors(VISITOR, async (gateway) => {
    await (await call(gateway, { "Gatepost-Tracking-Id": "~".repeat(255) })).body?.cancel();

    assertEquals(openings(gateway), [
      { p_slug: "demo", p_tracking_id: "~".repeat(255), p_session_hash: null, p_source: null },
    ]);
  });
});

Deno.test("POST /mcp without sign-in asks no database about a caller with neither tracking id nor session", async () => {
  await withVisitors(VISITOR, async (gateway) => {
    await assertJson(await call(gateway), 200, { answered: true });

    assertEquals(openings(gateway), []);
    assertEquals("gatepost-user" in gateway.received[0]!.headers, false);
  });
});

Deno.test("POST /mcp without sign-in tells callers apart by their MCP session, by server, and tells nobody its id", async () => {
  await withVisitors(VISITOR, async (gateway) => {
    const session = { "Mcp-Session-Id": "session-1" };

    await (await call(gateway, session)).body?.cancel();
    await (await call(gateway, { ...session, "Gatepost-Tracking-Id": "visitor-1" })).body?.cancel();

    const p_session_hash = hashSecret("session-1");
    assertEquals(openings(gateway), [
      { p_slug: "demo", p_tracking_id: hashSecret("mcps_1 session-1"), p_session_hash, p_source: null },
      { p_slug: "demo", p_tracking_id: "visitor-1", p_session_hash, p_source: null },
    ]);
    assertEquals(gateway.received.map(({ headers }) => headers["mcp-session-id"]), [
      "session-1",
      "session-1",
    ]);
    assertEquals(JSON.stringify(gateway.dependencies.database.calls).includes("session-1"), false);
  });
});

Deno.test("POST /mcp without sign-in ignores a token, whatever it is, and forwards none", async () => {
  await withVisitors(VISITOR, async (gateway) => {
    for (const token of [await issueGatewayToken(), "sb_publishable_test", "nonsense"]) {
      const response = await gateway.handle(
        callRequest(token, { headers: { "Gatepost-User": "forged", "Cookie": "a=b" } }),
      );

      await assertJson(response, 200, { answered: true });
    }
    for (const { headers } of gateway.received) {
      assertEquals(["authorization", "gatepost-user", "cookie"].filter((name) => name in headers), []);
    }
    assertEquals(gateway.dependencies.database.calls.map(({ name }) => name), ["find_mcp_server"]);
  });
});

Deno.test("POST /mcp without sign-in mixes no two visitors up", async () => {
  const byTrackingId = ({ p_tracking_id }: { p_tracking_id: string }): typeof VISITOR => ({
    ...VISITOR,
    mcp_server_user_id: `mcpu_${p_tracking_id}` as typeof VISITOR["mcp_server_user_id"],
  });
  await withGateway(
    (request) => Response.json(JSON.parse(atob(request.headers.get("Gatepost-User")!.split(".")[1]!)).sub),
    async (gateway) => {
      const trackingIds = Array.from({ length: 20 }, (_, index) => `visitor${index % 2}`);

      const subjects = await Promise.all(
        trackingIds.map(async (id) => (await call(gateway, { "Gatepost-Tracking-Id": id })).json()),
      );

      assertEquals(subjects, trackingIds.map((id) => `mcpu_${id}`));
      assertEquals(openings(gateway).length, 2);
    },
    { server: { auth_type: "none" }, answers: { open_anonymous_call: byTrackingId } },
  );
});

Deno.test("POST /mcp without sign-in asks again after half a minute: a visitor who has logged in is handed on no more", async () => {
  let opening: Answers["open_anonymous_call"] = VISITOR;
  await withVisitors((() => opening) as never, async ({ dependencies, received }) => {
    let time = NOW;
    const handle = buildGatewayEndpoint({ ...dependencies, now: () => time });
    const callAt = async (milliseconds: number): Promise<void> => {
      time = NOW + milliseconds;
      await (await call({ handle }, { "Gatepost-Tracking-Id": "visitor-1" })).body?.cancel();
    };

    await callAt(0);
    opening = { outcome: "known" };
    await callAt(29_999);
    await callAt(30_000);

    assertEquals(received.map(({ headers }) => "gatepost-user" in headers), [true, true, false]);
  });
});

Deno.test("POST /mcp without sign-in takes the MCP server's 401 for a refusal of the gateway, and challenges nobody", async () => {
  await withGateway(() => new Response(null, { status: 401 }), async (gateway) => {
    const response = await call(gateway);

    assertEquals(response.headers.get("WWW-Authenticate"), null);
    await assertJson(response, 502, {
      error: "bad_gateway",
      error_description: "Cannot call the MCP server: it refused the gateway",
    });
  }, { server: { auth_type: "none" } });
});

Deno.test("POST /mcp without sign-in refuses an origin that is none before anything else", async () => {
  await withVisitors(VISITOR, async (gateway) => {
    const response = await call(gateway, {
      "Origin": "http://evil.example",
      "Gatepost-Tracking-Id": "visitor-1",
    });

    await assertJson(response, 403, {
      error: "forbidden",
      error_description: "Cannot call this server: the origin is not allowed",
    });
    assertEquals(openings(gateway), []);
  });
});

for (const document of ["openid-configuration", "oauth-authorization-server", "oauth-protected-resource"]) {
  Deno.test(`GET /oauth has no ${document} of a server without sign-in, below the issuer or at the root`, async () => {
    const inserted = document === "oauth-protected-resource" ? "mcp" : "oauth";
    for (const path of [`/oauth/demo/.well-known/${document}`, `/.well-known/${document}/${inserted}/demo`]) {
      const ask = (auth_type: "none" | "custom_oauth"): Promise<Response> => {
        const server = buildServer({ auth_type });
        const handle = buildDiscoveryEndpoint(
          buildDependencies({ find_mcp_server: { outcome: "found", server } }),
        );
        return handle(new Request(`http://edge${path}`));
      };

      const withSignIn = await ask("custom_oauth");
      await withSignIn.body?.cancel();

      assertEquals(withSignIn.status, 200);
      await assertJson(await ask("none"), 404, {
        error: "not_found",
        error_description: "Cannot find this page: nothing is served at this address",
      });
    }
  });
}

/**
 * The doctor at an authorization endpoint that answers as better-auth's does.
 *
 * Seen at @better-auth/oauth-provider 1.7.5 on 2026-11-26, with a client of its own: whoever accepts JSON gets
 * `{"redirect":true,"url":…}` with status 200 in the place of a redirect, and what is wrong with a request is told by a
 * redirect to its own page. Its token endpoint looks at the code before the client: it refuses an invented one with
 * `invalid_grant`, whoever asks. Its revocation endpoint looks at the client first.
 */

import { assertEquals } from "@std/assert";
import type { Check } from "../../functions/_shared/upstream/doctor/findings.ts";
import type { EndpointAnswer } from "../support/provider/program.ts";
import { examine, REDIRECT_URI } from "../support/provider/examine.ts";
import { startProvider } from "../support/provider/provider.ts";

/** The endpoint of a provider that knows one client and one redirect URI. */
function startAuthorization(clientId: string, registered: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, (request) => {
    const { origin, searchParams } = new URL(request.url);
    const given = searchParams.get("redirect_uri")!;
    const target = searchParams.get("client_id") !== clientId
      ? `${origin}/api/auth/error?error=invalid_client&error_description=client_id+is+required`
      : given !== registered
      ? `${origin}/api/auth/error?error=invalid_redirect&error_description=invalid+redirect+uri`
      : `${given}?error=login_required&error_description=authentication+required`;
    return request.headers.get("Accept")?.includes("application/json")
      ? Response.json({ redirect: true, url: target })
      : new Response(null, { status: 302, headers: { Location: target } });
  });
}

const TRIALS: [what: string, settings: { clientId?: string; registered?: string }, findings: string[]][] = [
  ["nothing", {}, ["redirect_uri_accepted", "client_accepted"]],
  [
    "a redirect URI that is not registered",
    { registered: "https://elsewhere.example.com/" },
    ["redirect_uri_refused", "client_accepted"],
  ],
  [
    "another client id",
    { clientId: "gate-past" },
    ["redirect_uri_not_told", "client_id_unknown"],
  ],
];
for (const [what, { clientId, registered = REDIRECT_URI }, findings] of TRIALS) {
  Deno.test(`the doctor tells at better-auth: ${what}`, async () => {
    await using provider = await startProvider();
    await using authorization = startAuthorization(provider.clientId, registered);

    const checks = await examine({
      issuer: provider.issuer,
      client_id: clientId ?? provider.clientId,
      authorization_endpoint: `http://127.0.0.1:${authorization.addr.port}/api/auth/oauth2/authorize`,
    }, provider.clientSecret);

    const told = checks.filter(({ id }: Check) => ["redirect_uri", "client"].includes(id));
    assertEquals(told.map(({ finding }): string => finding), findings);
  });
}

const refusesCode: EndpointAnswer = () =>
  Response.json({ error: "invalid_grant", error_description: "invalid code" }, { status: 400 });

const CLIENTS: [what: string, secret: string, hasRevocation: boolean, finding: string][] = [
  ["the right client", "right", true, "client_accepted"],
  ["another secret", "wrong", true, "client_secret_refused"],
  ["the right client, without revocation", "right", false, "client_not_told"],
  ["another secret, without revocation", "wrong", false, "client_not_told"],
];
for (const [what, secret, hasRevocation, finding] of CLIENTS) {
  Deno.test(`the doctor asks a token endpoint that looks at the code first no more than it tells: ${what}`, async () => {
    await using provider = await startProvider("openid", {
      answers: {
        token: refusesCode,
        revocation: ({ headers }) =>
          headers.get("Authorization") === `Basic ${btoa("gatepost:right")}`
            ? Response.json({ error: "invalid_request", error_description: "token not found" }, {
              status: 400,
            })
            : Response.json({ error: "invalid_client" }, { status: 401 }),
      },
      metadata: hasRevocation ? {} : { revocation_endpoint: undefined },
    });

    const checks = await examine({ issuer: provider.issuer, client_id: "gatepost" }, secret);

    const [client] = checks.filter(({ id }: Check) => id === "client");
    assertEquals(client?.finding, finding);
    const sent = provider.requests().map(({ headers }) => headers.get("Authorization") ?? "")
      .filter((text) => text.startsWith("Basic ")).map((text) => atob(text.slice(6)).split(":"));
    assertEquals(sent.filter(([id, used]) => used === secret && id !== "gatepost"), []);
  });
}

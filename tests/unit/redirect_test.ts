import { assertEquals } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import {
  type ClientReturn,
  redirectError,
  redirectToClient,
} from "../../functions/_shared/client/redirect.ts";
import { restoreVerifiedRedirectUri } from "../../functions/_shared/client/redirect_uri.ts";

function returnTo(redirect_uri: string, state?: string): ClientReturn {
  return {
    redirectUri: restoreVerifiedRedirectUri({ redirect_uri }),
    state,
    issuer: "https://auth.example.com/oauth/demo",
  };
}

const ISS = "iss=https%3A%2F%2Fauth.example.com%2Foauth%2Fdemo";
const LOCATIONS: [client: ClientReturn, location: string][] = [
  [
    returnTo("https://app.example.com/callback", "s"),
    `https://app.example.com/callback?code=c&state=s&${ISS}`,
  ],
  [returnTo("https://app.example.com/callback"), `https://app.example.com/callback?code=c&${ISS}`],
  [
    returnTo("https://app.example.com/cb?a=%7e", "s"),
    `https://app.example.com/cb?a=%7e&code=c&state=s&${ISS}`,
  ],
  [returnTo("http://127.0.0.1:33418", "s"), `http://127.0.0.1:33418?code=c&state=s&${ISS}`],
  [returnTo("cursor://x/oauth", "s"), `cursor://x/oauth?code=c&state=s&${ISS}`],
  [
    returnTo("https://app.example.com/callback", "a&iss=evil\r\nX: é\u2028"),
    `https://app.example.com/callback?code=c&state=a%26iss%3Devil%0D%0AX%3A+%C3%A9%E2%80%A8&${ISS}`,
  ],
];
for (const [client, location] of LOCATIONS) {
  Deno.test(`a code returns to ${location}`, () => {
    const response = redirectToClient(client, { code: "c" });

    assertEquals([response.status, Object.fromEntries(response.headers)], [303, {
      "location": location,
      "referrer-policy": "no-referrer",
    }]);
  });
}

Deno.test("an error returns with its code and sentence, state and iss", () => {
  const { response, reason } = redirectError(
    returnTo("https://app.example.com/callback", "s"),
    new OAuthError("access_denied", "Cannot connect: the person did not approve", { reason: "inside" }),
  );

  assertEquals(reason, "inside");
  assertEquals(
    response.headers.get("Location"),
    "https://app.example.com/callback?error=access_denied" +
      `&error_description=Cannot+connect%3A+the+person+did+not+approve&state=s&${ISS}`,
  );
});

/**
 * Amazon Cognito.
 *
 * At Cognito's own pages `prompt=login` asks again and `select_account` has no effect, as its Android library says
 * (AuthWebUIPrompt of aws-amplify/amplify-android).
 *
 * @module
 */

import type { Preset } from "./preset.ts";

export const COGNITO: Preset = {
  name: "Amazon Cognito",
  documentation: [
    "https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html",
    "https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html",
    "https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html",
  ],
  triedLive: null,
  values: {
    region: { description: "the AWS region", example: "eu-central-1" },
    user_pool: { description: "the id of the user pool", example: "eu-central-1_Ab1Cd2Ef3" },
  },
  columns: {
    issuer: "https://cognito-idp.{region}.amazonaws.com/{user_pool}",
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid", "email", "profile"],
    identity_source: "openid",
    account_prompt: "login",
  },
  redirectUri:
    "Amazon Cognito console, the user pool, App clients, the client, Login pages, Allowed callback URLs",
  refreshTokens: "Cognito sends one with every login of the authorization code grant.",
  quirks: [
    "The user pool needs a domain, or its document names no endpoint for people.",
    "email_verified comes as a text.",
  ],
};

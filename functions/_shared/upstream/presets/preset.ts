/**
 * What a preset is: a provider's settings as its own documentation gives them, ready for a config.
 *
 * A preset is data. `presets.ts` lists all of them, `apply_preset.ts` makes
 * columns of `custom_oauth_configs` of one. A test holds each against the
 * schema here, and logs in with it at a provider of that shape.
 *
 * `account_prompt` stands where a document says that the value leads to another
 * account, or where the preset's own comment says what is known. No page on it
 * was found for Notion, Linear, Slack, LinkedIn, HubSpot, Zoom and
 * WorkOS, and Atlassian's has `consent` alone: their presets have none.
 *
 * @module
 */

import * as z from "zod/mini";

/** A text in which `{name}` stands for a value that the owner gives. */
const template = z.string().check(z.regex(/^https:\/\//));

/** The columns of a config that a preset sets. What it leaves out has the column's default. */
const columnsSchema = z.strictObject({
  issuer: z.optional(template),
  authorization_endpoint: z.optional(template),
  token_endpoint: z.optional(template),
  userinfo_endpoint: z.optional(template),
  revocation_endpoint: z.optional(template),
  emails_endpoint: z.optional(template),
  token_endpoint_auth_method: z.enum(["client_secret_basic", "client_secret_post"]),
  scopes: z.array(z.string()),
  authorization_parameters: z.optional(z.record(z.string(), z.string())),
  identity_source: z.enum(["openid", "userinfo", "none"]),
  subject_claim: z.optional(z.string()),
  refresh_sends_scope: z.optional(z.boolean()),
  account_prompt: z.optional(z.enum(["select_account", "login"])),
});

export const presetSchema = z.strictObject({
  /** What people read on the consent page. */
  name: z.string().check(z.minLength(1), z.maxLength(60)),
  /** Where the provider documents what stands here. */
  documentation: z.array(z.string().check(z.regex(/^https:\/\//))).check(z.minLength(1)),
  /** Whether somebody tried it with the live provider, and when. */
  triedLive: z.nullable(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/))),
  /** The values that the owner gives, and what each is. */
  values: z.record(
    z.string().check(z.regex(/^[a-z_]+$/)),
    z.strictObject({ description: z.string(), example: z.string(), fallback: z.optional(z.string()) }),
  ),
  columns: columnsSchema,
  /** Where the redirect URI is registered, in the provider's own words. */
  redirectUri: z.string(),
  /** What brings a refresh token. */
  refreshTokens: z.string(),
  /** What else is peculiar, a sentence each. */
  quirks: z.array(z.string()),
});

/** A provider's settings. */
export type Preset = z.infer<typeof presetSchema>;

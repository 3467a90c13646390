/**
 * Every preset, by the name that a config and `deno task connect` call it by.
 *
 * @module
 */

import type { Preset } from "./preset.ts";
import { ATLASSIAN } from "./atlassian.ts";
import { AUTH0 } from "./auth0.ts";
import { COGNITO } from "./cognito.ts";
import { DISCORD } from "./discord.ts";
import { ENTRA } from "./entra.ts";
import { ENTRA_MULTI_TENANT } from "./entra_multi_tenant.ts";
import { GITHUB } from "./github.ts";
import { GITLAB } from "./gitlab.ts";
import { GOOGLE } from "./google.ts";
import { HUBSPOT } from "./hubspot.ts";
import { KEYCLOAK } from "./keycloak.ts";
import { LINEAR } from "./linear.ts";
import { LINKEDIN } from "./linkedin.ts";
import { NOTION } from "./notion.ts";
import { OKTA } from "./okta.ts";
import { SALESFORCE } from "./salesforce.ts";
import { SLACK } from "./slack.ts";
import { SUPABASE } from "./supabase.ts";
import { WORKOS } from "./workos.ts";
import { ZOOM } from "./zoom.ts";

/** The presets. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  atlassian: ATLASSIAN,
  auth0: AUTH0,
  cognito: COGNITO,
  discord: DISCORD,
  entra: ENTRA,
  entra_multi_tenant: ENTRA_MULTI_TENANT,
  github: GITHUB,
  gitlab: GITLAB,
  google: GOOGLE,
  hubspot: HUBSPOT,
  keycloak: KEYCLOAK,
  linear: LINEAR,
  linkedin: LINKEDIN,
  notion: NOTION,
  okta: OKTA,
  salesforce: SALESFORCE,
  slack: SLACK,
  supabase: SUPABASE,
  workos: WORKOS,
  zoom: ZOOM,
};

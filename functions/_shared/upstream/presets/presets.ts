/**
 * Every preset, by the name that a config and `deno task connect` call it by.
 *
 * @module
 */

import type { Preset } from "./preset.ts";
import { atlassian } from "./atlassian.ts";
import { auth0 } from "./auth0.ts";
import { cognito } from "./cognito.ts";
import { discord } from "./discord.ts";
import { entra } from "./entra.ts";
import { entraMultiTenant } from "./entra_multi_tenant.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { google } from "./google.ts";
import { hubspot } from "./hubspot.ts";
import { keycloak } from "./keycloak.ts";
import { linear } from "./linear.ts";
import { linkedin } from "./linkedin.ts";
import { notion } from "./notion.ts";
import { okta } from "./okta.ts";
import { salesforce } from "./salesforce.ts";
import { slack } from "./slack.ts";
import { supabase } from "./supabase.ts";
import { workos } from "./workos.ts";
import { zoom } from "./zoom.ts";

/** The presets. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  atlassian,
  auth0,
  cognito,
  discord,
  entra,
  entra_multi_tenant: entraMultiTenant,
  github,
  gitlab,
  google,
  hubspot,
  keycloak,
  linear,
  linkedin,
  notion,
  okta,
  salesforce,
  slack,
  supabase,
  workos,
  zoom,
};

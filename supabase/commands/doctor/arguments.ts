/**
 * What `deno task doctor` takes.
 *
 * @module
 */

import { Problem } from "../../local/problem.ts";
import { DATA_OPTION } from "../arguments.ts";
import { readCommandLine } from "../command_line.ts";
import { PLATFORM_OPTIONS, PROVIDER_OPTIONS, type ProviderValues } from "../platform/options.ts";
import type { PlatformValues } from "../platform/session.ts";

/** What the doctor was asked to do. */
export interface DoctorArguments {
  /** A saved config; the options of a provider otherwise. */
  configId: string | undefined;
  issuer: string | undefined;
  provider: ProviderValues;
  secretFromStandardInput: boolean;
  redirectUri: string;
  login: boolean;
  /** Who logs in without a browser. */
  user: string | undefined;
  json: boolean;
  platform: PlatformValues;
}

const SUMMARY = `Examines a provider before people log in: says for each check what was seen and what to do.
A config id (coac_…) is examined by its deployment, with the stored secret. Anything else is examined from here.
Exit codes: 0 nothing failed, 1 the examination could not be made, 2 a check failed.`;

/** Reads the arguments. */
export function readDoctorArguments(args: string[]): DoctorArguments {
  const { values, words: [word] } = readCommandLine({
    task: "doctor",
    summary: SUMMARY,
    word: { name: "PROVIDER", description: "an issuer, or the id of a saved config" },
    options: {
      ...PROVIDER_OPTIONS,
      "redirect-uri": {
        description: "the redirect URI that is registered at the provider",
        value: "URI",
        fallback: "http://127.0.0.1:8765/callback",
      },
      login: {
        description:
          "logs in at the provider, over the redirect URI, and shows who it was; makes no end user",
      },
      user: { description: "who logs in with --login where a form without a browser will do", value: "NAME" },
      json: { description: "prints JSON" },
      ...PLATFORM_OPTIONS,
      data: DATA_OPTION,
    },
  }, args);
  const configId = word?.startsWith("coac_") ? word : undefined;
  const issuer = configId === undefined ? word : undefined;
  if (word === undefined && values.preset === undefined && values.set === undefined) {
    throw new Problem("Give an issuer, a config id, --preset or --set: see deno task doctor --help");
  }
  return {
    configId,
    issuer,
    provider: values,
    secretFromStandardInput: values["client-secret-stdin"],
    redirectUri: values["redirect-uri"],
    login: values.login,
    user: values.user,
    json: values.json,
    platform: values,
  };
}

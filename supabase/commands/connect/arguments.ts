/**
 * What `deno task connect` takes.
 *
 * @module
 */

import { DATA_OPTION, readNumber } from "../arguments.ts";
import { readCommandLine } from "../command_line.ts";
import { PLATFORM_OPTIONS, PROVIDER_OPTIONS, type ProviderValues } from "../platform/options.ts";
import type { PlatformValues } from "../platform/session.ts";

/** What was asked to be connected. */
export interface ConnectArguments {
  issuer: string | undefined;
  provider: ProviderValues;
  secretFromStandardInput: boolean;
  providerName: string | undefined;
  mcpUrl: string | undefined;
  slug: string | undefined;
  name: string | undefined;
  force: boolean;
  replace: boolean;
  /** How long to wait for the first login; 0 for not at all. */
  waitSeconds: number;
  json: boolean;
  platform: PlatformValues;
}

const SUMMARY =
  `Puts a provider before an MCP server: examines the provider, saves both, and says what to register.
What is not given is asked for. Works on the running stack, or on a project with --url.
Exit codes: 0 connected, 1 not possible, 2 a check failed and nothing was saved, 3 nobody logged in in time.`;

/** Reads the arguments. */
export function readConnectArguments(args: string[]): ConnectArguments {
  const { values } = readCommandLine({
    task: "connect",
    summary: SUMMARY,
    options: {
      issuer: { description: "the provider's issuer, where no preset fits", value: "URL" },
      ...PROVIDER_OPTIONS,
      "provider-name": { description: "what people read on the consent page", value: "TEXT" },
      "mcp-url": { description: "the MCP server that the gateway forwards to", value: "URL" },
      slug: { description: "the server's part of every URL: letters, digits and hyphens", value: "SLUG" },
      name: { description: "the server's name", value: "TEXT" },
      force: { description: "saves although a check failed" },
      replace: {
        description: "puts the provider before a server that is there; people log in to it again",
      },
      wait: {
        description: "waits so many seconds for the first login, and shows it",
        value: "SECONDS",
        fallback: "0",
      },
      json: { description: "prints JSON" },
      ...PLATFORM_OPTIONS,
      data: DATA_OPTION,
    },
  }, args);
  return {
    issuer: values.issuer,
    provider: values,
    secretFromStandardInput: values["client-secret-stdin"],
    providerName: values["provider-name"],
    mcpUrl: values["mcp-url"],
    slug: values.slug,
    name: values.name,
    force: values.force,
    replace: values.replace,
    waitSeconds: readNumber("--wait", values.wait, 0, 3600),
    json: values.json,
    platform: values,
  };
}

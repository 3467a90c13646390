/**
 * What `connect` has to know before it does anything: from the options, or from the person.
 *
 * @module
 */

import { PRESETS } from "../../../functions/_shared/upstream/presets/presets.ts";
import { Problem } from "../../local/problem.ts";
import { ask, readClientSecret } from "../platform/ask.ts";
import { readProvider, readSettings } from "../platform/options.ts";
import type { ConnectArguments } from "./arguments.ts";

/** A provider and a server, as they are saved. */
export interface Wish {
  /** Members of a config. */
  config: Record<string, unknown>;
  /** Where the redirect URI is registered, in the provider's own words. */
  registration: string | undefined;
  mcpUrl: string;
  slug: string;
  serverName: string;
  /** Whether a server that has the slug already is changed. */
  replace: boolean;
}

/** Gathers it. */
export async function gatherWish(args: ConnectArguments): Promise<Wish> {
  const { presetName, issuer } = chooseProvider(args);
  const preset = presetName === undefined ? undefined : PRESETS[presetName];
  const given = readProvider({ ...args.provider, preset: presetName }, issuer);
  if (preset !== undefined && given["preset_values"] === undefined) {
    const values = Object.entries(preset.values).filter(([, { fallback }]) => fallback === undefined)
      .map((
        [name, { description, example }],
      ) => [name, ask(`${name}: ${description}, such as ${example}`, `--values ${name}=…`)]);
    Object.assign(given, values.length === 0 ? {} : { preset_values: Object.fromEntries(values) });
  }
  const clientId = args.provider["client-id"] ?? ask("Client id", "--client-id");
  const secret = args.provider["auth-method"] === "none"
    ? undefined
    : await readClientSecret(args.secretFromStandardInput, "ask");
  const mcpUrl = args.mcpUrl ?? ask("URL of the MCP server", "--mcp-url");
  if (!URL.canParse(mcpUrl)) {
    throw new Problem(`Give --mcp-url as a whole URL: ${mcpUrl} is not one`);
  }
  const slug = args.slug ?? ask("Slug of the server", "--slug");
  return {
    config: {
      ...given,
      name: args.providerName ?? preset?.name ?? nameProvider(given),
      client_id: clientId,
      ...(secret === undefined ? {} : { client_secret: secret }),
    },
    registration: preset?.redirectUri,
    mcpUrl,
    slug,
    serverName: args.name ?? slug,
    replace: args.replace,
  };
}

/** Whose name people read where nobody gave one: the host that they log in at. */
function nameProvider(config: Record<string, unknown>): string {
  const place = String(config["issuer"] ?? config["authorization_endpoint"]);
  return URL.canParse(place) ? new URL(place).host : place;
}

function chooseProvider({ issuer, provider }: ConnectArguments): {
  presetName: string | undefined;
  issuer: string | undefined;
} {
  const names = Object.keys(PRESETS);
  if (
    provider.preset === undefined && issuer === undefined && readSettings(provider)["authorization_endpoint"]
  ) {
    return { presetName: undefined, issuer: undefined };
  }
  const answer = provider.preset ?? issuer ??
    ask(`Preset (${names.join(", ")}) or issuer`, "--preset or --issuer");
  if (Object.hasOwn(PRESETS, answer)) {
    return { presetName: answer, issuer };
  }
  if (provider.preset !== undefined) {
    throw new Problem(`Give one of these presets: ${names.join(", ")}`);
  }
  if (!URL.canParse(answer)) {
    throw new Problem(`Give the issuer as a whole URL: ${answer} is not one`);
  }
  return { presetName: undefined, issuer: answer };
}

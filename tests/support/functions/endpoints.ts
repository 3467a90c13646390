/**
 * The endpoints, read from `supabase/config.toml`: whoever adds one finds it in every test that asks all of them.
 *
 * @module
 */

import { readFunctionSettings } from "../../../supabase/local/functions/function_settings.ts";

const settings = await readFunctionSettings(new URL("../../../supabase/", import.meta.url).pathname);

/** The name of every endpoint, in alphabetical order. */
export const ENDPOINTS: string[] = settings.map(({ name }) => name).sort();

/** The path of an endpoint for a server: behind its name stands the slug, but for these. */
export function toPath(endpoint: string, { slug, organizationId }: {
  slug: string;
  organizationId: string;
}): string {
  switch (endpoint) {
    case "oauth":
      return `oauth/${slug}/.well-known/openid-configuration`;
    case "oauth-callback":
      return `oauth-callback/${organizationId}`;
    case "oauth-configs":
    case "oauth-jwks":
      return endpoint;
    default:
      return `${endpoint}/${slug}`;
  }
}

/** Builds every endpoint by the `build…Endpoint` of its `handler.ts`, around the dependencies of all. */
export async function buildEndpoints<Dependencies>(
  dependencies: Dependencies,
): Promise<Map<string, (request: Request) => Promise<Response>>> {
  type Build = (dependencies: Dependencies) => (request: Request) => Promise<Response>;
  return new Map(
    await Promise.all(settings.map(async ({ name, entrypoint }) => {
      const handler: Record<string, Build> = await import(new URL("handler.ts", entrypoint).href);
      const [builder, ...others] = Object.keys(handler).filter((key) => /^build\w+Endpoint$/.test(key));
      if (builder === undefined || others.length > 0) {
        throw new Error(`${name}/handler.ts has to export one build…Endpoint`);
      }
      return [name, handler[builder]!(dependencies)] as const;
    })),
  );
}

/**
 * GET /oauth/{slug}/logo: the logo of a server's organization.
 *
 * An owner uploaded it, so it is an image and nothing else to whoever asks: its
 * type is one of three and never guessed, and a browser that opens it alone runs
 * nothing in it.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { notFound, unknownServer } from "../_shared/http/route.ts";

export const findOrganizationLogo = defineCall(
  "find_organization_logo",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("found"),
      media_type: z.enum(["image/png", "image/jpeg", "image/webp"]),
      image: z.string(),
    }),
    z.object({ outcome: z.enum(["no_logo", "unknown_server"]) }),
  ]),
);

/** Serves the logo. Its URL names its version, so it may be kept for a day. */
export async function serveLogo(slug: string, database: Database): Promise<Response> {
  const logo = await findOrganizationLogo(database, { p_slug: slug });
  switch (logo.outcome) {
    case "unknown_server":
      throw unknownServer();
    case "no_logo":
      throw notFound();
    case "found":
      return new Response(Uint8Array.from(atob(logo.image), (byte) => byte.charCodeAt(0)), {
        headers: {
          "Content-Type": logo.media_type,
          "Content-Disposition": "inline",
          "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
          "Cache-Control": "public, max-age=86400",
        },
      });
  }
}

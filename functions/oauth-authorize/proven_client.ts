/**
 * Who asks, and where the answer may go. An error of this module is shown and never redirected.
 *
 * `authorization_request.ts` checks what the client asks for.
 *
 * @module
 */

import * as z from "zod/mini";
import type { Form } from "../_shared/http/body.ts";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { type McpServer, nullableText, serverSchema } from "../_shared/database/rows.ts";
import type { ClientMetadata } from "../_shared/client/metadata.ts";
import { OAuthError } from "../_shared/errors.ts";
import type { ClientReturn } from "../_shared/client/redirect.ts";
import { findRegisteredRedirectUri } from "../_shared/client/redirect_uri.ts";
import { unknownServer } from "../_shared/http/route.ts";
import { CONNECTIONS_SCOPE } from "../_shared/tokens/own_page.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";
import {
  checkMetadataDocumentPolicy,
  type FindMetadataDocument,
} from "../_shared/client/metadata_document.ts";
import { isTrouble } from "../_shared/client/published_copies.ts";
import { isMetadataDocumentUrl } from "../_shared/client/published_url.ts";
import { checkNoRequestObject, requireParameter } from "./parameters.ts";

const clientSchema = z.object({
  id: z.string(),
  client_id: z.string(),
  kind: z.enum(["dynamic", "metadata_document", "preregistered", "gatepost"]),
  client_name: nullableText,
  redirect_uris: z.array(z.string()),
  token_endpoint_auth_method: z.string(),
  approved: z.boolean(),
});

/** A registered client. */
export type McpClient = z.infer<typeof clientSchema>;

const providerMembers = {
  provider_name: z.string(),
  account_prompt: nullableText,
};

const beginAuthorization = defineCall(
  "begin_authorization",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("ready"),
      server: serverSchema,
      client: clientSchema,
      ...providerMembers,
    }),
    z.object({ outcome: z.literal("unknown_client"), server: serverSchema, ...providerMembers }),
    z.object({ outcome: z.enum(["unknown_server", "no_sign_in"]) }),
  ]),
);

/** An app sends an old id for ever: that it asks again, as every other advice has it, changes nothing. */
export const FORGET_SERVER =
  "The app still uses a registration that this server does not have. Make the app forget this server: sign out of it " +
  "there, or remove it and add it again, and then connect";

/** What finding a client needs from outside. */
export interface ClientDependencies {
  publicUrl: string;
  database: Database;
  allowPrivateUpstreams: boolean;
}

/** A client that is known here, and where its answer goes. */
export interface ProvenClient {
  server: McpServer;
  clientId: string;
  clientName: string | null;
  /** What a client id metadata document says now; stored at the approval. */
  metadataDocument: ClientMetadata | undefined;
  /** Whether a login with it has come to its end, or an owner made it: only then is an error redirected to it. */
  isApproved: boolean;
  providerName: string;
  /** The value of `prompt` by which a person takes another account there; null where there is none. */
  accountPrompt: string | null;
  /** Whether it is the client of Gatepost's own page, where people see what they allowed. */
  isOwnPage: boolean;
  /** What its tokens are for: the server, or Gatepost's own page. */
  resource: string;
  /** What it can be granted there. */
  scopesSupported: readonly string[];
  returnTo: ClientReturn;
}

/** Finds the client and proves its redirect URI. What it throws must be shown and not redirected. */
export async function findClient(
  form: Form,
  slug: string,
  findDocument: FindMetadataDocument,
  dependencies: ClientDependencies,
): Promise<ProvenClient> {
  const { parameters } = form;
  const clientId = requireParameter(parameters, "client_id");
  const beginning = await beginAuthorization(dependencies.database, { p_slug: slug, p_client_id: clientId });
  switch (beginning.outcome) {
    case "unknown_server":
      throw unknownServer();
    case "no_sign_in":
      throw new OAuthError("invalid_request", "Cannot log in: this server has no sign-in", {
        reason: "no_sign_in",
      });
    case "ready":
    case "unknown_client": {
      const stored = beginning.outcome === "ready" ? beginning.client : undefined;
      const client = await readDescription(clientId, stored, beginning.server, findDocument, dependencies);
      if (!parameters.has("redirect_uri")) {
        // The redirect URI can be in a request object. Then the request object is what is wrong.
        checkNoRequestObject(parameters);
      }
      const redirectUri = findRegisteredRedirectUri(
        requireParameter(parameters, "redirect_uri"),
        client.redirectUris,
      );
      if (!redirectUri) {
        throw new OAuthError(
          "invalid_request",
          "Cannot log in: the app did not register the address to return to",
          { reason: "redirect_uri_not_registered" },
        );
      }
      const { publicUrl } = dependencies;
      return {
        ...client,
        isApproved: stored?.approved ?? false,
        server: beginning.server,
        providerName: beginning.provider_name,
        accountPrompt: beginning.account_prompt,
        ...protectedFor(stored, beginning.server, publicUrl),
        returnTo: {
          redirectUri,
          state: parameters.get("state"),
          issuer: buildServerUrls(publicUrl, slug).issuer,
        },
      };
    }
  }
}

/** What a client's tokens are for. Those of Gatepost's own page are for that page, and no other client gets such ones. */
function protectedFor(
  client: McpClient | undefined,
  server: McpServer,
  publicUrl: string,
): Pick<ProvenClient, "isOwnPage" | "resource" | "scopesSupported"> {
  return client?.kind === "gatepost"
    ? {
      isOwnPage: true,
      resource: buildServerUrls(publicUrl, server.slug).connections,
      scopesSupported: [CONNECTIONS_SCOPE],
    }
    : {
      isOwnPage: false,
      resource: buildResource(server, publicUrl),
      scopesSupported: server.scopes_supported,
    };
}

type DescribedClient = Pick<ProvenClient, "clientId" | "clientName" | "metadataDocument"> & {
  redirectUris: string[];
};

/**
 * A client as it was registered, or as its metadata document describes it now.
 *
 * While the document is out of reach, the copy that an earlier login stored is used.
 */
async function readDescription(
  clientId: string,
  stored: McpClient | undefined,
  server: McpServer,
  findDocument: FindMetadataDocument,
  { allowPrivateUpstreams }: ClientDependencies,
): Promise<DescribedClient> {
  if (stored && stored.kind !== "metadata_document") {
    return {
      clientId,
      clientName: stored.client_name,
      redirectUris: stored.redirect_uris,
      metadataDocument: undefined,
    };
  }
  if (!isMetadataDocumentUrl(clientId, allowPrivateUpstreams)) {
    throw new OAuthError("invalid_client", "Cannot log in: the app is not registered with this server", {
      reason: "unknown_client",
      advice: FORGET_SERVER,
    });
  }
  checkMetadataDocumentPolicy(clientId, server);
  try {
    const metadata = await findDocument(clientId);
    return {
      clientId,
      clientName: metadata.client_name ?? null,
      redirectUris: metadata.redirect_uris,
      metadataDocument: metadata,
    };
  } catch (thrown) {
    if (stored && isTrouble(thrown)) {
      return {
        clientId,
        clientName: stored.client_name,
        redirectUris: stored.redirect_uris,
        metadataDocument: undefined,
      };
    }
    throw thrown;
  }
}

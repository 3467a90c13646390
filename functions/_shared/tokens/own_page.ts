/**
 * The client of Gatepost's own page, where a person sees what apps may do in the person's name, and its one scope.
 *
 * A server can have a scope of the same name. Its tokens are for another resource and of other clients.
 *
 * @module
 */

/** Its id at every server, as `open_connections_client` makes it. */
export const CONNECTIONS_CLIENT_ID = "gatepost-connections";

export const CONNECTIONS_SCOPE = "connections";

/**
 * Who Gatepost, and a Worker, is to the provider upstream.
 *
 * @module
 */

/** The one client of the provider upstream. */
export const CLIENT = { clientId: "bench-at-provider", clientSecret: "a-secret-of-the-bench" };

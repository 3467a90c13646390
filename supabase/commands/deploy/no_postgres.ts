/**
 * What a bundle has in the place of the client of PostgreSQL, unless it was made with it.
 *
 * It is evaluated only where `GATEPOST_DATABASE_URL` is set, and stops the
 * function at its start.
 *
 * @module
 */

throw new Error(
  "Cannot start: GATEPOST_DATABASE_URL is set, and this bundle has no client of PostgreSQL; make it with --direct",
);

/** Never reached. */
export default undefined;

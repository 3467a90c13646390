/**
 * Goes through a table's rows in batches, in the order of their ids.
 *
 * @module
 */

/** The tables that hold ciphertexts under a key of the functions. */
export type SealedTable = "custom_oauth_configs" | "upstream_oauth_tokens" | "mcp_authorization_sessions";

/** What every batch says of itself. */
export interface Batch {
  /** How many rows it has; none at the end of the table. */
  examined: number;
  /** The id after which the next one begins. */
  last_id: string | null;
}

/** Reads batch after batch, until one is empty. */
export async function* readBatches<Read extends Batch>(
  read: (after: string) => Promise<Read>,
): AsyncGenerator<Read> {
  for (let after: string | null = ""; after !== null;) {
    const batch: Read = await read(after);
    if (batch.examined > 0) {
      yield batch;
    }
    after = batch.last_id;
  }
}

/**
 * What is recorded of one MCP request.
 *
 * @module
 */

/** What became of a request. SQL knows the same words. */
export type CallOutcome =
  | "ok"
  /** The tool says that it failed (`isError`). */
  | "tool_error"
  /** A JSON-RPC error. */
  | "rpc_error"
  /** The MCP server's HTTP status. */
  | "http_error"
  /** Gatepost refused, and the MCP server did not see it. */
  | "refused"
  /** The client went away, or said so. */
  | "cancelled"
  /** No answer came. */
  | "unanswered"
  /** It passed, but it could not be read. */
  | "unreadable";

/** A request that is over. It goes to the database as a row of `record_mcp_calls`. */
export interface CallRecord {
  organizationId: string;
  serverId: string;
  /** Null for a caller whom nobody knows. */
  userId: string | null;
  /** The `Mcp-Session-Id` itself; the database gets its hash. */
  mcpSessionId: string | null;
  clientId: string | null;
  method: string;
  /** Of a tool, a prompt or a resource. */
  name: string | null;
  /** What the client of an `initialize` says of itself. */
  clientInfo: { name: string; version: string } | null;
  /** Milliseconds since the epoch. */
  startedAt: number;
  milliseconds: number;
  outcome: CallOutcome;
  errorCode: number | null;
  httpStatus: number | null;
  bytesIn: number;
  bytesOut: number;
  arguments: unknown;
  result: unknown;
}

/** Takes the records of a worker, and the number of those that nobody made. */
export interface Recorder {
  add: (record: CallRecord) => void;
  /** Notes that so many requests passed without a record. */
  lose: (count: number) => void;
}

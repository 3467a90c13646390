/**
 * A stateful Streamable HTTP endpoint: one transport a session, found by its id.
 *
 * @module
 */

/** What both lines of the SDK call a transport. */
export interface SessionTransport {
  handleRequest: (request: Request) => Promise<Response>;
  close: () => Promise<void>;
}

/** Makes a transport, and tells of its session when it has one and when that is over. */
export type OpenTransport = (
  opened: (sessionId: string, transport: SessionTransport) => void,
  closed: (sessionId: string) => void,
) => Promise<SessionTransport>;

/** The endpoint, and its sessions by id. */
export interface SessionEndpoint {
  fetch: (request: Request) => Promise<Response>;
  sessions: Map<string, SessionTransport>;
}

/** Builds the endpoint. */
export function serveSessions(open: OpenTransport): SessionEndpoint {
  const sessions = new Map<string, SessionTransport>();
  return {
    sessions,
    async fetch(request): Promise<Response> {
      const id = request.headers.get("Mcp-Session-Id");
      const known = id === null ? undefined : sessions.get(id);
      if (id !== null && known === undefined) {
        const error = { code: -32001, message: "Session not found" };
        return Response.json({ jsonrpc: "2.0", error, id: null }, { status: 404 });
      }
      const transport = known ??
        await open((id, opened) => void sessions.set(id, opened), (id) => void sessions.delete(id));
      return await transport.handleRequest(request);
    },
  };
}

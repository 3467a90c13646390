/**
 * A server that sends the beginning of an answer and dies when it is told to.
 *
 * Below HTTP, because no HTTP server breaks off on purpose.
 *
 * @module
 */

/** A running server. */
export interface BrokenServer extends Disposable {
  url: string;
  /** Breaks off every connection, present and future. */
  die: () => void;
}

/** Starts one that answers every connection with these bytes. */
export function startBrokenServer(answer: string): BrokenServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  let isDead = false;
  const close = (connection: Deno.Conn): void => {
    connections.delete(connection);
    try {
      connection.close();
    } catch {
      // The other side was faster.
    }
  };
  const serve = async (): Promise<void> => {
    for await (const connection of listener) {
      connections.add(connection);
      await connection.read(new Uint8Array(65_536)).catch(() => undefined);
      if (isDead) {
        close(connection);
        continue;
      }
      await connection.write(new TextEncoder().encode(answer)).catch(() => undefined);
    }
  };
  void serve();
  const die = (): void => {
    isDead = true;
    connections.forEach(close);
  };
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/mcp`,
    die,
    [Symbol.dispose](): void {
      die();
      listener.close();
    },
  };
}

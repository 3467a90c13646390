/**
 * A proxy between the functions and PostgreSQL that notes each call of a SQL function, and fails when told to.
 *
 * It stands where a pooler would and knows as much of the protocol (PostgreSQL
 * documentation, "Message Formats"): what each message is, and where it ends.
 *
 * @module
 */

import type { Fault, FaultProxy } from "./fault_proxy.ts";

/** A running proxy. */
export interface PostgresProxy extends FaultProxy {
  /** Calls so far, in order: one for each statement, by the SQL function's name. */
  calls: string[];
  /** Says where the database is, and answers with its URL through the proxy. */
  forwardTo: (url: string) => string;
}

const LATE_MILLISECONDS = 300;

/** Starts the proxy before a database. Without one, `forwardTo` says later where it is. */
export function startPostgresProxy(target?: string): PostgresProxy {
  const faults = new Map<string, Fault>();
  const calls: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let upstream = target;
  const through = (url: string): string =>
    Object.assign(new URL(url), { host: `127.0.0.1:${listener.addr.port}` }).href;
  const serving = (async () => {
    const connections: Promise<void>[] = [];
    for await (const client of listener) {
      connections.push(serve(client).catch(() => undefined));
    }
    await Promise.all(connections);
  })();
  return {
    url: target === undefined ? `postgresql://127.0.0.1:${listener.addr.port}` : through(target),
    calls,
    forwardTo(url): string {
      upstream = url;
      return through(url);
    },
    fail: (name, fault) => void faults.set(name, fault),
    pending: () => [...faults.keys()],
    seen: () => [...calls],
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      open.forEach(close);
      await serving;
    },
  };

  async function serve(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(upstream!).port) });
    [client, server].forEach((connection) => connection.setNoDelay(true));
    open.add(client).add(server);
    const end = (): void => [client, server].forEach(close);
    let fault: Fault | undefined;
    const asking = forward(client, true, async (message, kind) => {
      const name = kind === "P" ? /public\.(\w+)\(/.exec(new TextDecoder().decode(message))?.[1] : undefined;
      if (name !== undefined) {
        calls.push(name);
        fault = faults.get(name);
        faults.delete(name);
      }
      if (fault === "bad_gateway") {
        await writeAll(client, lastWords());
      }
      if (fault === "before" || fault === "bad_gateway") {
        return end();
      }
      await writeAll(server, message);
    });
    let held: Uint8Array[] = [];
    const answering = forward(server, false, async (message, kind) => {
      if (fault === undefined) {
        return await writeAll(client, message);
      }
      held.push(fault === "halved" || fault === "corrupted" ? spoilRow(message, kind, fault) : message);
      if (kind !== "Z") {
        return;
      }
      const answer = concat(held);
      held = [];
      if (fault === "late") {
        await new Promise((resolve) => setTimeout(resolve, LATE_MILLISECONDS));
      }
      await writeAll(
        client,
        fault === "truncated" ? answer.slice(0, answer.length / 2) : answer,
        fault === "after",
      );
      if (fault === "truncated" || fault === "after") {
        end();
      }
      fault = undefined;
    });
    await Promise.allSettled([asking.finally(end), answering.finally(end)]);
    open.delete(client);
    open.delete(server);
  }
}

/** Hands on message after message. A client's first one has no kind. */
async function forward(
  from: Deno.TcpConn,
  startsUp: boolean,
  hand: (message: Uint8Array, kind: string | undefined) => Promise<void>,
): Promise<void> {
  let bytes = new Uint8Array();
  let starting = startsUp;
  for await (const chunk of from.readable) {
    bytes = concat([bytes, chunk]);
    for (;;) {
      const offset = starting ? 0 : 1;
      const length = bytes.length < offset + 4
        ? Infinity
        : offset + new DataView(bytes.buffer).getUint32(offset);
      if (bytes.length < length) {
        break;
      }
      await hand(bytes.slice(0, length), starting ? undefined : String.fromCharCode(bytes[0]!));
      bytes = bytes.slice(length);
      starting = false;
    }
  }
}

/** A row of one column with other bytes in it, or with half of them. */
function spoilRow(message: Uint8Array, kind: string | undefined, fault: "halved" | "corrupted"): Uint8Array {
  if (kind !== "D") {
    return message;
  }
  const value = message.slice(11);
  const spoilt = fault === "halved"
    ? value.slice(0, value.length / 2)
    : value.map((byte, index) =>
      index > value.length / 3 && index < (value.length * 2) / 3 ? byte ^ 0x80 : byte
    );
  const row = concat([message.slice(0, 11), spoilt]);
  const view = new DataView(row.buffer);
  view.setUint32(1, row.length - 1);
  view.setUint32(7, spoilt.length);
  return row;
}

/** What a pooler says when it has lost its server, before it closes the connection: PgBouncer 1.25, `objects.c`. */
function lastWords(): Uint8Array {
  const fields = new TextEncoder().encode("SFATAL\0VFATAL\0C08P01\0Mserver conn crashed?\0\0");
  const message = concat([Uint8Array.of(69, 0, 0, 0, 0), fields]);
  new DataView(message.buffer).setUint32(1, message.length - 1);
  return message;
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array, isLost = false): Promise<void> {
  for (let written = 0; !isLost && written < bytes.length;) {
    written += await to.write(bytes.subarray(written));
  }
}

function concat(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((offset, part) => (whole.set(part, offset), offset + part.length), 0);
  return whole;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The other side was faster.
  }
}

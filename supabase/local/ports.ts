/**
 * Free ports, and the same ones again at the next start.
 *
 * The demo provider's port is part of its issuer, and people keep the
 * database's in their tools, so ports are kept in the data folder.
 *
 * @module
 */

import { type DataFolder, keep, readKept } from "./data_folder.ts";

/** A port, and whether it had to differ from the one of the last start. */
export interface ChosenPort {
  port: number;
  moved: boolean;
}

/** The port of `name` at the last start when it is still free, or a new one. */
export async function choosePort(folder: DataFolder, name: string): Promise<ChosenPort> {
  const kept = (await readKept<Record<string, number>>(folder.path, "ports.json")) ?? {};
  const last = kept[name];
  if (last !== undefined && isFree(last)) {
    return { port: last, moved: false };
  }
  const port = findFreePort();
  await keep(folder, "ports.json", { ...kept, [name]: port });
  return { port, moved: last !== undefined };
}

/** A port of the loopback interface that nobody listens on. */
export function findFreePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

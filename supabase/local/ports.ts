/**
 * Finds free ports, and takes the same ones at the next start.
 *
 * Two ports must stay the same: the demo provider's is part of its issuer, and
 * people save the database's in their tools. The data folder keeps them.
 *
 * @module
 */

import { type DataFolder, keep, readKept } from "./data_folder.ts";

/** A port, and whether it differs from the port of the last start. */
export interface ChosenPort {
  port: number;
  moved: boolean;
}

/** The port that `name` had at the last start if it is still free, otherwise a new one. */
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

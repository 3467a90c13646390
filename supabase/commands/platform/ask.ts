/**
 * Asks a person at a terminal, without an echo where the answer is a secret.
 *
 * Standard input that is no terminal is never asked: a task then says which
 * option to give.
 *
 * @module
 */

import { Problem } from "../../local/problem.ts";

/** Asks for what an option did not give. */
export function ask(what: string, option: string): string {
  if (!Deno.stdin.isTerminal()) {
    throw new Problem(`Give ${option}`);
  }
  const answer = prompt(`${what}:`)?.trim();
  if (!answer) {
    throw new Problem(`Give ${option}`);
  }
  return answer;
}

/** Asks for a secret, which is not shown. */
export function askSecret(what: string, instead: string): string {
  if (!Deno.stdin.isTerminal()) {
    throw new Problem(`Give ${instead}`);
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${what} (not shown): `));
  const answer = readHidden();
  Deno.stdout.writeSync(new TextEncoder().encode("\n"));
  if (answer === "") {
    throw new Problem(`Give ${instead}`);
  }
  return answer;
}

const ENTER = ["\r", "\n"];
const BACK = ["\x7f", "\b"];
const STOP = ["\x03", "\x04"];

function readHidden(): string {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  Deno.stdin.setRaw(true);
  try {
    while (Deno.stdin.readSync(byte) !== null) {
      const key = String.fromCharCode(byte[0]!);
      if (ENTER.includes(key)) {
        break;
      }
      if (STOP.includes(key)) {
        throw new Problem("Stopped");
      }
      if (BACK.includes(key)) {
        bytes.pop();
      } else {
        bytes.push(byte[0]!);
      }
    }
  } finally {
    Deno.stdin.setRaw(false);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes)).trim();
}

/** The client secret: from standard input, the environment or the person. Undefined where nobody gives one. */
export async function readClientSecret(
  fromStandardInput: boolean,
  otherwise: "ask" | "leave out",
): Promise<string | undefined> {
  if (fromStandardInput) {
    const text = (await new Response(Deno.stdin.readable).text()).trim();
    if (text === "") {
      throw new Problem("Standard input is empty: pass the client secret to it");
    }
    return text;
  }
  const known = Deno.env.get("GATEPOST_CLIENT_SECRET");
  return known || (otherwise === "ask" ? askSecret("Client secret", "--client-secret-stdin") : undefined);
}

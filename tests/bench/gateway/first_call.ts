/**
 * What the first call of a person costs a worker, against the one RPC that it makes.
 *
 * The worker is warm, and knows nothing of the person: it verifies the access
 * token, asks the database for the login, opens the provider's token and signs
 * who calls. People take turns: first the RPC alone, as the client's own request
 * to the REST layer, then the call. Each person calls a worker once.
 *
 * @module
 */

import { decodeJwt } from "jose";
import { quantile } from "../quantile.ts";
import type { Scene } from "./scene.ts";

const PEOPLE = 200;
/** At most so many times the RPC. */
export const FIRST_CALL_TARGET = 1.5;

/** Milliseconds at the median. */
export interface FirstCall {
  rpc: number;
  direct: number;
  first: number;
  next: number;
}

/** Logs people in once; each round has a worker that has never seen them. */
export async function prepareFirstCalls(scene: Scene): Promise<() => Promise<FirstCall>> {
  const tokens = await scene.logIn(PEOPLE);
  return async () => {
    await using ways = await scene.openWays();
    await scene.runCalls({ ...ways.buildTarget("gateway", "text", 100), clients: 16, calls: 20_000 });
    const rounds = tokens.map((token) => [
      scene.buildOpening(String(decodeJwt(token)["sid"])),
      ways.buildTarget("direct", "text", 100, token),
      ways.buildTarget("gateway", "text", 100, token),
      ways.buildTarget("gateway", "text", 100, token),
    ]);
    const [rpc, direct, first, next] = await scene.callInTurn(rounds);
    const toMedian = (times: number[] | undefined): number => quantile(times ?? [], 0.5);
    return { rpc: toMedian(rpc), direct: toMedian(direct), first: toMedian(first), next: toMedian(next) };
  };
}

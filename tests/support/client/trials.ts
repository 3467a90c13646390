/**
 * Runs what is tried with all clients, stage by stage: they share one wait, one restart and one loss of data.
 *
 * @module
 */

import { type Desk, setUpDesk } from "./desk.ts";
import { installNode, installPackage } from "./installed_client.ts";
import { ACCESS_TOKEN_SECONDS, type LastingStack } from "./lasting_address.ts";
import { startModel } from "./model.ts";
import { seatPerson } from "./person.ts";
import {
  callAfterExpiry,
  callAfterRestart,
  callWhoami,
  FAILED,
  findRecorded,
  listTools,
  logInFrom401,
  logInFromUrl,
  type RealClient,
  recover,
  type Trial,
  tryOut,
} from "./real_client.ts";

const NEEDS_ORIGIN = "needs an origin";

/** What was seen of a client. */
export interface Trials {
  client: RealClient;
  trials: Trial[];
}

/** A client at its desk. */
interface Seat extends Trials {
  desk: Desk;
  /** As whom it calls. */
  user: string;
}

/** Tries everything with every client. */
export async function runTrials(
  clients: RealClient[],
  stack: LastingStack,
  say: (line: string) => void,
): Promise<Trials[]> {
  const { requests } = stack;
  await using disposal = new AsyncDisposableStack();
  const model = disposal.use(startModel());
  const person = disposal.use(await seatPerson("ada", await installNode(22)));
  const seats: Seat[] = [];

  for (const client of clients) {
    const folder = await installPackage(client.package, client.version);
    const options = { mcpUrl: stack.mcpUrl, person, model, folder, node: await installNode(client.node) };
    const desk = await setUpDesk(options);
    disposal.defer(() => leave(client, desk));
    const seat: Seat = { client, desk, trials: [], user: "" };
    seats.push(seat);
    await record(seat, "from a 401", () => logInFrom401(client, desk, requests));
    if (seat.trials.every(({ seen }) => seen !== FAILED && seen !== NEEDS_ORIGIN)) {
      await record(seat, "list", () => listTools(client, desk));
      const { length: before } = await stack.readCalls();
      await record(seat, "call", async () => {
        seat.user = await callWhoami(client, desk);
        return "yes";
      });
      await record(seat, "record", () => findRecorded(async () => (await stack.readCalls()).slice(before)));
    }
    if (client.logInFromUrl === undefined) {
      continue;
    }
    const other = await setUpDesk(options);
    disposal.defer(() => leave(client, other));
    await record(seat, "from the URL alone", () => logInFromUrl(client, other, requests));
  }

  say(`Waiting until every access token has expired`);
  await new Promise((resolve) => setTimeout(resolve, (ACCESS_TOKEN_SECONDS + 1) * 1000));
  for (const seat of loggedIn(seats)) {
    await record(seat, "refresh", () => callAfterExpiry(seat.client, seat.desk, requests));
  }
  say("Restarting the stack");
  await stack.restart();
  for (const seat of loggedIn(seats)) {
    await record(seat, "restart", () => callAfterRestart(seat.client, seat.desk, requests, seat.user));
  }
  say("Starting the stack on an empty database");
  await stack.loseData();
  for (const seat of loggedIn(seats)) {
    await record(seat, "fresh database", () => recover(seat.client, seat.desk));
  }
  return seats;

  async function record(seat: Seat, name: Trial["name"], act: () => Promise<string>): Promise<void> {
    person.logins.length = 0;
    await stack.readLog();
    const trial = await tryOut(name, requests, act);
    if (trial.detail !== undefined) {
      trial.detail += `\n\nLogins:\n${person.logins.join("\n")}\n\nLog:\n${await stack.readLog()}`;
    }
    const isKnown = stack.bare && seat.client.needsOrigin?.includes(name);
    const counted = isKnown ? expectFailure(trial) : trial;
    seat.trials.push(counted);
    say(`${seat.client.name} ${seat.client.version}, ${name}: ${counted.seen}`);
  }
}

/** What is documented not to work: that it does is as much news as any failure. */
function expectFailure({ name, seen }: Trial): Trial {
  return seen === FAILED
    ? { name, passed: true, seen: NEEDS_ORIGIN }
    : { name, passed: false, seen, detail: "The client gets through, and is said not to" };
}

/** Who could not call before has nothing to go on with. */
function loggedIn(seats: Seat[]): Seat[] {
  return seats.filter(({ user }) => user !== "");
}

async function leave(client: RealClient, desk: Desk): Promise<void> {
  await client.close?.(desk);
  await desk[Symbol.asyncDispose]();
}

/**
 * Notices that `npx deno task start` was ended from outside.
 *
 * npm runs Deno below a shell, and the shell passes no signal on. SIGTERM ends
 * npm and the shell, and `deno task`, the parent of this process, loses its own
 * parent. This module takes that for a signal to stop. Without npm it does
 * nothing: a person may start a stack in the background and close the shell.
 *
 * @module
 */

import { commandOf, parentOf } from "./process_table.ts";

/** npm, under its own name or as the script that Node runs. */
const NPM = /^(npm|npx|\S*node) /;

const POLL_MILLISECONDS = 1000;

/** Calls back once, when npm started this process and has ended. */
export async function onLauncherGone(callback: () => void): Promise<void> {
  const task = Deno.ppid;
  const launcher = await parentOf(task);
  if (launcher === undefined) {
    return;
  }
  const above = (await parentOf(launcher)) ?? 0;
  const isBelowNpm = NPM.test(await commandOf(above));
  if (!isBelowNpm && !NPM.test(await commandOf(launcher))) {
    return;
  }
  const timer = setInterval(async () => {
    const intact = (await parentOf(task)) === launcher &&
      (!isBelowNpm || (await parentOf(launcher)) === above);
    if (intact) {
      return;
    }
    clearInterval(timer);
    callback();
  }, POLL_MILLISECONDS);
  Deno.unrefTimer(timer);
}

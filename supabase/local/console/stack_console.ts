/**
 * The console of the stack, at the port that it had at the last start.
 *
 * @module
 */

import { type DemoOwner, joinDemoOrganization, openDemoOwner } from "../demo/demo_owner.ts";
import type { DataFolder } from "../data_folder.ts";
import type { Output } from "../output.ts";
import { choosePort } from "../ports.ts";
import { Problem, toSentence } from "../problem.ts";
import { buildConsole, type ConsoleProject } from "./build_console.ts";
import { serveConsole, type ServedConsole } from "./serve_console.ts";

/** The stack's console, and who may sign in to it at once. */
export interface StackConsole extends ServedConsole {
  owner: DemoOwner;
}

/** Builds and serves it. Where that fails the stack runs without a console, and says why. */
export async function startStackConsole(
  folder: DataFolder,
  project: ConsoleProject & { databaseUrl: string },
  output: Output,
): Promise<StackConsole | undefined> {
  try {
    output.step("Building the console");
    const owner = await openDemoOwner(folder.path, project);
    await joinDemoOrganization(project.databaseUrl);
    const { port } = await choosePort(folder, "console");
    return { ...serveConsole(await buildConsole(project), port), owner };
  } catch (error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    output.problem(`${toSentence(error)}\nThe stack runs without the console`);
    return undefined;
  }
}

/**
 * What a bundle is: one file that needs no other, whatever the function imports and when.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { bundle } from "../../supabase/commands/deploy/bundle_functions.ts";
import { edgeDeno, startDeployed } from "../support/deploy/deployed_function.ts";

/** Below the repository, where the names of the import map mean something. */
const FOLDER = new URL("../../.output/bundle_test/", import.meta.url).pathname;

const LAZY = `
export default {
  async fetch() {
    const { default: postgres } = await import("postgres");
    const { nanoid } = await import("nanoid");
    return Response.json([typeof postgres, nanoid(8).length]);
  },
};
`;
const FAILING = `
class RefusedByName extends Error {
  constructor(message) {
    super(message);
    this.name = this.constructor.name;
  }
}
export default {
  fetch: function answerWithFrame() {
    const { name, stack } = new RefusedByName("x");
    return Response.json([name, stack.includes("answerWithFrame")]);
  },
};
`;

const MODULES: [does: string, source: string, answer: unknown][] = [
  [
    "has in it what is imported at a request, with the globals of Node.js that a package takes for granted",
    LAZY,
    [
      "function",
      8,
    ],
  ],
  ["keeps the names of errors and of functions, which the log has", FAILING, ["RefusedByName", true]],
];
for (const [does, source, answer] of MODULES) {
  Deno.test({
    name: `a bundle ${does}`,
    ignore: edgeDeno === undefined,
    async fn(): Promise<void> {
      await Deno.mkdir(FOLDER, { recursive: true });
      await Deno.writeTextFile(`${FOLDER}index.ts`, source);

      await bundle(`${FOLDER}index.ts`, `${FOLDER}index.js`);
      await using running = await startDeployed({
        metadata: { name: "bundle", entrypoint_path: "index.js", verify_jwt: false },
        files: new Map([["index.js", await Deno.readTextFile(`${FOLDER}index.js`)]]),
      }, {});

      assertEquals(await (await fetch(running.origin)).json(), answer);
    },
  });
}

Deno.test("a package that is imported at a request is not evaluated before", async () => {
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(`${FOLDER}late.ts`, `globalThis.evaluated = true; export const late = 1;`);
  await Deno.writeTextFile(
    `${FOLDER}lazy.ts`,
    `export const load = () => import("./late.ts"); export const isEvaluated = () => "evaluated" in globalThis;`,
  );

  await bundle(`${FOLDER}lazy.ts`, `${FOLDER}lazy.js`);
  const { load, isEvaluated } = await import(`${FOLDER}lazy.js`);

  assertEquals(isEvaluated(), false);
  await load();
  assert(isEvaluated());
});

/**
 * The console: the pages on which owners and members see and do what row level security lets them.
 *
 * @module
 */

import { render } from "preact";
import { App } from "./parts/app.tsx";
import { openSession } from "./session.ts";
import { SETTINGS } from "./settings.ts";

render(<App />, document.getElementById("console")!);
if (SETTINGS.apiUrl !== "") {
  await openSession();
}

/**
 * The provider upstream, in a process of its own.
 *
 * @module
 */

import { readConfiguration, reportListening } from "../../../supabase/local/processes/inside_child.ts";
import { startUpstream } from "./upstream_server.ts";

await readConfiguration();
reportListening((await startUpstream()).port);

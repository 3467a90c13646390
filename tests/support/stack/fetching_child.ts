/**
 * A child of the stack that fetches a URL and says what it got, and which variables it can read.
 *
 * @module
 */

import { terminal } from "../../../supabase/local/output.ts";
import { toSentence } from "../../../supabase/local/problem.ts";
import { readConfiguration } from "../../../supabase/local/processes/inside_child.ts";

const { url, variables } = await readConfiguration<{ url: string; variables: string[] }>();
const answer = await fetch(url).then(
  (response) => response.text(),
  (error) => `${toSentence(error)}: ${toSentence(error.cause)}`,
);
const read = variables.filter((name) => Deno.env.get(name) !== undefined);
terminal().print(JSON.stringify({ answer, read }));
Deno.exit(0);

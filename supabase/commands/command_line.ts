/**
 * What a task takes from its command line, and what `--help` says of it.
 *
 * Node.js's own parser reads it: `deno task keys` makes keys without any
 * package, and `deno task start --help` answers before packages are installed.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Problem, toSentence } from "../local/problem.ts";

/** An option: a flag, or one that takes a value. */
export interface Option {
  description: string;
  /** What stands for the value in the help; without it the option is a flag. */
  value?: string;
  fallback?: string;
}

/** What a task takes. */
export interface CommandLine<Options extends Record<string, Option>> {
  /** The name by which `deno task` knows it. */
  task: string;
  summary: string;
  /** What may stand beside the options: one word, unless there may be many. */
  word?: { name: string; description: string; many?: boolean };
  options: Options;
}

/** What was given: texts and flags by the name of their option. */
export type Values<Options extends Record<string, Option>> = {
  [Name in keyof Options]: Options[Name] extends { value: string; fallback: string } ? string
    : Options[Name] extends { value: string } ? string | undefined
    : boolean;
};

/** Thrown for `--help`; the message is the help. */
export class HelpAsked extends Error {
  override name = "HelpAsked";
}

/** Reads a command line, or throws the help or a problem. */
export function readCommandLine<const Options extends Record<string, Option>>(
  command: CommandLine<Options>,
  args: string[],
): { values: Values<Options>; words: string[] } {
  const { values, positionals } = parse(command, args);
  if (values["help"] === true) {
    throw new HelpAsked(describe(command));
  }
  if (positionals.length > 1 && command.word?.many !== true) {
    throw new Problem(`Give at most one ${command.word?.name}`);
  }
  const given = Object.entries(command.options).map(([name, option]) => [
    name,
    option.value === undefined ? values[name] === true : values[name] ?? option.fallback,
  ]);
  return { values: Object.fromEntries(given), words: positionals };
}

type Parsed = { values: Record<string, string | boolean | undefined>; positionals: string[] };

function parse<Options extends Record<string, Option>>(
  { task, word, options }: CommandLine<Options>,
  args: string[],
): Parsed {
  const types = Object.entries(options).map(([name, { value }]) => [
    name,
    { type: value === undefined ? "boolean" : "string" },
  ]);
  try {
    return parseArgs({
      args,
      options: { ...Object.fromEntries(types), help: { type: "boolean", short: "h" } },
      allowPositionals: word !== undefined,
    }) as Parsed;
  } catch (error) {
    const [reason] = toSentence(error).split(". ");
    throw new Problem(`${reason}: see deno task ${task} --help`);
  }
}

function describe<Options extends Record<string, Option>>(
  { task, summary, word, options }: CommandLine<Options>,
): string {
  const rows: [name: string, description: string][] = [
    ...(word === undefined ? [] : [[word.name, word.description] as [string, string]]),
    ...Object.entries(options).map(([name, { value, description, fallback }]): [string, string] => [
      `--${name}${value === undefined ? "" : ` ${value}`}`,
      description + (fallback === undefined ? "" : ` (${fallback})`),
    ]),
    ["--help", "prints this"],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const list = rows.map(([name, description]) => `  ${name.padEnd(width)}${description}`).join("\n");
  return `deno task ${task}${word === undefined ? "" : ` [${word.name}]`} [options]\n\n${summary}\n\n${list}`;
}

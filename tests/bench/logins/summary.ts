/**
 * What is made of the turns: speeds, quantiles, ratios with their spread, and whether a target is met.
 *
 * @module
 */

import { quantile } from "../quantile.ts";
import { type Load, type Step, steps } from "./client/way.ts";
import type { Measured, MeasuredTurn, Workload } from "./rounds.ts";

/** A median over rounds, with the least and the most. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** Quantiles in milliseconds. */
export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
}

/** One side at one workload. */
export interface Line extends Workload {
  side: string;
  perSecond: Spread;
  whole: Quantiles;
  steps: Partial<Record<Step, Quantiles>>;
  /** Of one login or refresh, by process. */
  cpuMilliseconds: Record<string, number>;
  /** Of one login or refresh. */
  walBytes?: number;
}

/** One side, whatever the workload. */
export interface SideSummary {
  side: string;
  versions: string;
  work: string;
  residentMegabytes: Record<string, number>;
  /** Of one login. */
  commits?: number;
  /** Of one login. */
  indexEntries?: number;
}

/** One side's speed as a multiple of another's, round by round. */
export interface Ratio extends Workload, Spread {
  of: string;
  to: string;
}

/** What is wanted of a side. */
export interface Target extends Workload {
  side: string;
  /** Of whom; without it the figure stands for itself. */
  over?: string;
  figure: "speed" | "p99 of token" | "p99 of refresh" | "speed of a core";
  least?: number;
  most?: number;
}

/** A target, and what was found. */
export interface Verdict extends Target {
  found: number;
  met: boolean;
}

/** The median, the least and the most. */
export function toSpread(values: number[]): Spread {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** Quantiles of all turns together. */
export function toQuantiles(values: number[]): Quantiles {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(values, share));
  return { p50: p50!, p95: p95!, p99: p99! };
}

/** The speed of one side as a multiple of the other's: each round's by itself. */
export function compare(of: number[], to: number[]): Spread {
  return toSpread(of.map((value, round) => value / to[round]!));
}

/** One line for each side at each workload. */
export function toLines(all: Measured[], workloads: Workload[]): Line[] {
  return workloads.flatMap((workload) =>
    all.map(({ side, turns }) => toLine(side.name, workload, pick(turns, workload)))
  );
}

function toLine(side: string, workload: Workload, turns: MeasuredTurn[]): Line {
  const done = sum(turns.map((turn) => turn.done));
  const timed = steps.flatMap((step) => {
    const values = turns.flatMap(({ milliseconds }) => milliseconds[step] ?? []);
    return values.length === 0 ? [] : [[step, toQuantiles(values)]];
  });
  const roles = Object.keys(turns[0]?.cpuMilliseconds ?? {});
  const wal = turns.flatMap(({ walBytes }) => walBytes ?? []);
  return {
    side,
    ...workload,
    perSecond: toSpread(turns.map(({ perSecond }) => perSecond)),
    whole: toQuantiles(turns.flatMap(({ milliseconds }) => milliseconds.whole)),
    steps: Object.fromEntries(timed),
    cpuMilliseconds: Object.fromEntries(
      roles.map((role) => [role, sum(turns.map(({ cpuMilliseconds }) => cpuMilliseconds[role] ?? 0)) / done]),
    ),
    ...(wal.length === 0 ? {} : { walBytes: sum(wal) / done }),
  };
}

/** What does not depend on the workload. */
export function toSideSummary({ side, residentBytes, counted }: Measured): SideSummary {
  const megabytes = Object.entries(residentBytes)
    .filter(([role]) => role !== "database")
    .map(([role, bytes]) => [role, bytes / 1024 ** 2]);
  return {
    side: side.name,
    versions: side.versions,
    work: side.work,
    residentMegabytes: Object.fromEntries(megabytes),
    ...counted,
  };
}

/** Every side that `isOurs`, compared with every other at each workload. */
export function toRatios(
  all: Measured[],
  workloads: Workload[],
  isOurs: (name: string) => boolean,
): Ratio[] {
  return workloads.flatMap((workload) => {
    const speeds = all.map(({ side, turns }) => ({
      name: side.name,
      perSecond: pick(turns, workload).map(({ perSecond }) => perSecond),
    }));
    return speeds.filter(({ name }) => isOurs(name)).flatMap((of) =>
      speeds.filter(({ name }) => !isOurs(name)).map((to) => ({
        of: of.name,
        to: to.name,
        ...workload,
        ...compare(of.perSecond, to.perSecond),
      }))
    );
  });
}

/** Judges the targets of sides that were measured. */
export function judge(targets: Target[], lines: Line[], ratios: Ratio[], cores: number): Verdict[] {
  return targets.flatMap((target) => {
    const found = find(target, lines, ratios, cores);
    const { least = -Infinity, most = Infinity } = target;
    return found === undefined ? [] : [{ ...target, found, met: found >= least && found <= most }];
  });
}

function find(target: Target, lines: Line[], ratios: Ratio[], cores: number): number | undefined {
  const at = (name: string | undefined): Line | undefined =>
    lines.find((line) => line.side === name && isSame(line, target));
  switch (target.figure) {
    case "speed":
      return ratios.find(({ of, to, ...ratio }) =>
        of === target.side && to === target.over && isSame(ratio, target)
      )?.median;
    case "speed of a core": {
      const speed = at(target.side)?.perSecond.median;
      return speed === undefined ? undefined : speed / cores;
    }
    case "p99 of token":
      return divide(at(target.side)?.steps.token?.p99, at(target.over)?.steps.token?.p99);
    case "p99 of refresh":
      return divide(at(target.side)?.steps.refresh?.p99, at(target.over)?.steps.refresh?.p99);
  }
}

function divide(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function pick(turns: MeasuredTurn[], workload: Workload): MeasuredTurn[] {
  return turns.filter((turn) => isSame(turn, workload));
}

function isSame(one: { work: Load["work"]; users: number }, other: Workload): boolean {
  return one.work === other.work && one.users === other.users;
}

function median(values: number[]): number {
  return quantile(values, 0.5);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

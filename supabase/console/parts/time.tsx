/**
 * A time in the reader's zone and language.
 *
 * @module
 */

import type { JSX } from "preact";
import { language, texts, toTime } from "../texts/texts.ts";

/** The units of a relative time, each with the seconds that it begins at. */
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/** Beyond it a date says more than a number of days. */
const RELATIVE_SECONDS = 30 * 86_400;

/** A time: the date and minute, or how long ago it was; the whole of it, with the zone, is its tooltip. */
export function Time(
  { at, relative = false, otherwise }: {
    at: string | null | undefined;
    relative?: boolean;
    otherwise?: string;
  },
): JSX.Element {
  if (at === null || at === undefined) {
    return <span class="soft">{otherwise ?? texts.value.common.never}</span>;
  }
  const whole = toTime(at, { dateStyle: "full", timeStyle: "long" });
  return <time dateTime={at} title={whole}>{relative ? toRelativeTime(at) : toTime(at)}</time>;
}

/** How long ago a time was, or when it will be; further away it is the date. */
export function toRelativeTime(at: string, now: number = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  if (Math.abs(seconds) >= RELATIVE_SECONDS) {
    return toTime(at, { dateStyle: "medium" });
  }
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [];
  return unit === undefined || size === undefined
    ? texts.value.common.ago.justNow
    : new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(
      Math.trunc(seconds / size),
      unit,
    );
}

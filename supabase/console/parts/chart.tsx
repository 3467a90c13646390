/**
 * A chart of values over time, and the same as a table.
 *
 * uPlot draws on a canvas and places its parts through the DOM, so the page's
 * policy needs no inline style. A screen reader is given the table.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { language, texts, toNumber, toTime } from "../texts/texts.ts";
import { Table } from "./table.tsx";

/** A line of the chart. */
export interface Series {
  name: string;
  /** As many as there are times; null where nothing is known. */
  values: readonly (number | null)[];
  colour: "accent" | "good" | "bad" | "warn" | "soft";
}

/** What a chart has. */
export interface ChartProps {
  title: string;
  /** ISO times, in order. */
  times: readonly string[];
  /** What the first column of the table is called, such as Day. */
  timeTitle: string;
  /** How a time is written. */
  timeFormat?: Intl.DateTimeFormatOptions;
  series: readonly Series[];
  /** How a value is written. */
  format?: (value: number) => string;
}

const HEIGHT = 220;
/** The lines are told apart by more than their colours, and one that lies over another leaves it in sight. */
const DASHES: readonly number[][] = [[], [8, 6], [2, 5]];
const DAY: Intl.DateTimeFormatOptions = { dateStyle: "medium" };

/** A chart. */
export function Chart(
  { title, times, timeTitle, timeFormat = DAY, series, format }: ChartProps,
): JSX.Element {
  const toText = format ?? toNumber;
  const plot = useRef<HTMLDivElement>(null);
  const drawn = JSON.stringify([times, series, language.value]);
  useEffect(() => {
    const target = plot.current!;
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(
        buildOptions({ series, timeFormat, toText }, target.clientWidth),
        toPoints(times, series),
        target,
      );
    };
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    const observer = new ResizeObserver(() => chart?.setSize({ width: target.clientWidth, height: HEIGHT }));
    draw();
    observer.observe(target);
    return () => {
      scheme.removeEventListener("change", draw);
      observer.disconnect();
      chart?.destroy();
    };
  }, [drawn]);
  const rows = times.map((time, index) => ({ time, index })).reverse();
  return (
    <figure class="chart" aria-label={title}>
      <ul class="legend" aria-hidden="true">
        {series.map(({ name, colour }) => <li key={name} class={colour}>{name}</li>)}
      </ul>
      <div class="plot" ref={plot} aria-hidden="true" />
      <details>
        <summary>{texts.value.common.table}</summary>
        <Table
          caption={title}
          rows={rows}
          rowKey={({ time }) => time}
          columns={[
            { title: timeTitle, cell: ({ time }) => toTime(time, timeFormat) },
            ...series.map(({ name, values }) => ({
              title: name,
              isNumber: true,
              cell: ({ index }: { index: number }): string => {
                const value = values[index];
                return value === null || value === undefined ? "" : toText(value);
              },
            })),
          ]}
        />
      </details>
    </figure>
  );
}

function toPoints(times: readonly string[], series: readonly Series[]): uPlot.AlignedData {
  return [times.map((time) => Date.parse(time) / 1000), ...series.map(({ values }) => [...values])];
}

/** The colours of the style sheet, as the reader's scheme has them. */
function readColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** How the chart is drawn. */
interface Drawing {
  series: readonly Series[];
  timeFormat: Intl.DateTimeFormatOptions;
  toText: (value: number) => string;
}

function buildOptions({ series, timeFormat, toText }: Drawing, width: number): uPlot.Options {
  const { timeZone } = timeFormat;
  const axis = {
    stroke: readColour("soft"),
    grid: { stroke: readColour("line"), width: 1 },
    ticks: { show: false },
  };
  const toLabel = (seconds: number): string =>
    toTime(seconds * 1000, {
      month: "short",
      day: "numeric",
      ...(timeZone === undefined ? {} : { timeZone }),
    });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    tzDate: (seconds) =>
      timeZone === undefined ? new Date(seconds * 1000) : uPlot.tzDate(new Date(seconds * 1000), timeZone),
    cursor: { show: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      { ...axis, size: 32, space: 70, values: (_, splits) => splits.map(toLabel) },
      // Whole numbers: nobody logs in half.
      {
        ...axis,
        size: 55,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6],
        values: (_, splits) => splits.map(toText),
      },
    ],
    series: [
      {},
      ...series.map(({ name, colour }, index) => ({
        label: name,
        stroke: readColour(colour),
        width: 2,
        dash: DASHES[index % DASHES.length]!,
        points: { show: true, size: 5, fill: readColour(colour) },
      })),
    ],
  };
}

/**
 * Draws bars: groups of them, each with its value and the spread of its rounds.
 *
 * The colours are told for light and dark pages; a reader without a picture
 * gets the figures from the title of each bar.
 *
 * @module
 */

import type { Spread } from "./summary.ts";

/** A picture. */
export interface Picture {
  title: string;
  /** What stands under the picture: machine, date, load. */
  caption: string;
  charts: Chart[];
}

/** Bars that share a scale. */
export interface Chart {
  title: string;
  groups: { name: string; bars: Bar[] }[];
}

/** One bar. */
export interface Bar extends Spread {
  name: string;
  /** Those of our own stand out. */
  own: boolean;
}

const WIDTH = 820;
const LABEL_WIDTH = 280;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 16;
const LINE_HEIGHT = 22;
const SPAN = WIDTH - LABEL_WIDTH - VALUE_WIDTH;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:15px;font-weight:600}` +
  `.chart{font-weight:600}.quiet{fill:#656d76}.bar{fill:#8c959f}.own{fill:#1a7f64}.spread{stroke:#1f2328;opacity:.6}` +
  `@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#8d96a0}.own{fill:#3fb68b}.spread{stroke:#e6edf3}}`;

/** Draws the picture as a document of its own. */
export function drawPicture({ title, caption, charts }: Picture): string {
  const lines: string[] = [];
  let y = 24;
  lines.push(drawText(0, y, title, "title"));
  for (const chart of charts) {
    const most = Math.max(...chart.groups.flatMap(({ bars }) => bars.map(({ high }) => high)), 0);
    y += LINE_HEIGHT + 8;
    lines.push(drawText(0, y, chart.title, "chart"));
    for (const { name, bars } of chart.groups) {
      y += LINE_HEIGHT;
      lines.push(drawText(0, y, name, "quiet"));
      for (const bar of bars) {
        y += LINE_HEIGHT;
        lines.push(drawBar(y, bar, most));
      }
    }
  }
  y += LINE_HEIGHT + 8;
  lines.push(drawText(0, y, caption, "quiet"));
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `role="img" aria-label="${escape(title)}">\n<style>${STYLE}</style>\n${lines.join("\n")}\n</svg>\n`;
}

function drawBar(y: number, { name, own, median, low, high }: Bar, most: number): string {
  const scale = (value: number): number => most > 0 ? Math.round(value / most * SPAN * 10) / 10 : 0;
  const [top, middle] = [y - BAR_HEIGHT + 3, y - BAR_HEIGHT / 2 + 3];
  const end = LABEL_WIDTH + scale(high) + 6;
  return [
    drawText(12, y, name, own ? "chart" : ""),
    `<rect class="${own ? "own" : "bar"}" x="${LABEL_WIDTH}" y="${top}" width="${scale(median)}" ` +
    `height="${BAR_HEIGHT}"><title>${escape(name)}: ${toText(median)} (${toText(low)} to ${
      toText(high)
    })</title></rect>`,
    `<line class="spread" x1="${LABEL_WIDTH + scale(low)}" x2="${
      LABEL_WIDTH + scale(high)
    }" y1="${middle}" ` +
    `y2="${middle}"/>`,
    drawText(end, y, toText(median), own ? "chart" : ""),
  ].join("\n");
}

function drawText(x: number, y: number, text: string, kind: string): string {
  return `<text x="${x}" y="${y}"${kind === "" ? "" : ` class="${kind}"`}>${escape(text)}</text>`;
}

function toText(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

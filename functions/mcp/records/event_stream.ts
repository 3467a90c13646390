/**
 * The data of an event stream that passes in pieces (WHATWG HTML §9.2.6).
 *
 * Nothing of a line is kept but its first bytes, which say whether it is data.
 * Lines end with LF, CR or both.
 *
 * @module
 */

import type { MessageScanner } from "./message_scanner.ts";
import { buildFindNext } from "./search.ts";

/** Takes an event stream in pieces. */
export interface EventStream {
  push: MessageScanner["push"];
}

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20];
const DATA = new TextEncoder().encode("data:");
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Where in a line the stream stands. */
type Place = "name" | "space" | "data" | "ignored";

/** Builds a reader that hands the data of each event to a scanner. An event that the stream cuts off is none. */
export function buildEventStream(scanner: MessageScanner): EventStream {
  let place: Place = "name";
  /** How much of `data:` the line has begun with. */
  let matched = 0;
  let markMatched = 0;
  let isFirstLine = true;
  let isLineEmpty = true;
  let afterCr = false;

  function endLine(): void {
    if (isLineEmpty) {
      scanner.end();
    }
    place = "name";
    matched = 0;
    isLineEmpty = true;
    isFirstLine = false;
  }

  function readName(byte: number): void {
    if (isFirstLine && isLineEmpty && byte === BYTE_ORDER_MARK[markMatched]) {
      markMatched++;
      return;
    }
    isLineEmpty = false;
    if (byte !== DATA[matched]) {
      place = "ignored";
    } else if (++matched === DATA.length) {
      place = "space";
    }
  }

  return {
    push: (piece, text) => {
      let at = 0;
      const findLineEnd = text === undefined
        ? (from: number): number => passLine(piece, from)
        : buildFindNext(text, "\n", "\r");
      while (at < piece.length) {
        const byte = piece[at]!;
        if (afterCr) {
          afterCr = false;
          if (byte === LF) {
            at++;
            continue;
          }
        }
        if (byte === LF || byte === CR) {
          afterCr = byte === CR;
          endLine();
          at++;
        } else if (place === "name") {
          readName(byte);
          at++;
        } else {
          if (place === "space") {
            place = "data";
            at += byte === SPACE ? 1 : 0;
          }
          const end = findLineEnd(at);
          if (place === "data" && end > at) {
            scanner.push(piece.subarray(at, end), text?.slice(at, end));
          }
          at = end;
        }
      }
    },
  };
}

function passLine(piece: Uint8Array, from: number): number {
  let at = from;
  while (at < piece.length && piece[at] !== LF && piece[at] !== CR) {
    at++;
  }
  return at;
}

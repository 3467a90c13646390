/**
 * A part of a text that is kept while the text passes in pieces, up to a number of bytes.
 *
 * @module
 */

/** Keeps one part at a time. */
export interface Capture {
  isOn: () => boolean;
  /** The part begins at this place of the piece that passes. */
  start: (at: number) => void;
  /** The piece has passed, and the part goes on. */
  carry: (piece: Uint8Array) => void;
  /** The part ends before this place. */
  stop: (piece: Uint8Array, at: number) => CapturedPart;
  /** Forgets a part that has begun. */
  drop: () => void;
}

/** What was kept. */
export interface CapturedPart {
  bytes: Uint8Array;
  /** Whether all of the part was kept. */
  isWhole: boolean;
}

const NOTHING = new Uint8Array();

/** Builds a capture of at most so many bytes. They are copied: the pieces belong to somebody else. */
export function buildCapture(maxBytes: number): Capture {
  let from = -1;
  let pieces: Uint8Array[] = [];
  let kept = 0;
  let isWhole = true;

  function keep(piece: Uint8Array, to: number): void {
    const end = Math.min(to, from + maxBytes - kept);
    isWhole &&= end === to;
    if (end > from) {
      pieces.push(piece.slice(from, end));
      kept += end - from;
    }
  }

  function drop(): void {
    from = -1;
    pieces = [];
    kept = 0;
    isWhole = true;
  }

  return {
    isOn: () => from >= 0,
    start: (at) => {
      drop();
      from = at;
    },
    carry: (piece) => {
      if (from >= 0) {
        keep(piece, piece.length);
        from = 0;
      }
    },
    stop: (piece, at) => {
      keep(piece, at);
      const part = { bytes: pieces.length < 2 ? pieces[0] ?? NOTHING : join(pieces, kept), isWhole };
      drop();
      return part;
    },
    drop,
  };
}

function join(pieces: Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

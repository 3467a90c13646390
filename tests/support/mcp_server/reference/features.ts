/**
 * What the reference servers of both lines of the SDK have in common.
 *
 * @module
 */

/** The resource that every reference server has. */
export const GREETING = { uri: "test://greeting", mimeType: "text/plain", text: "Hello" };

/** What a server saw of calls that do not end by themselves. */
export interface Sightings {
  /** Waits until the caller gives up. */
  wait: (name: string, signal: AbortSignal) => Promise<void>;
  /** Resolves when a call of this name is there. */
  started: (name: string) => Promise<void>;
  /** Resolves when the caller of this name has given up. */
  cancelled: (name: string) => Promise<void>;
}

/** Watches calls that wait. */
export function watchCalls(): Sightings {
  const moments = new Map<string, PromiseWithResolvers<void>>();
  const find = (moment: string): PromiseWithResolvers<void> => {
    const known = moments.get(moment) ?? Promise.withResolvers<void>();
    moments.set(moment, known);
    return known;
  };
  return {
    wait: (name, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          find(`${name} cancelled`).resolve();
          reject(signal.reason);
        });
        find(`${name} started`).resolve();
      }),
    started: (name) => find(`${name} started`).promise,
    cancelled: (name) => find(`${name} cancelled`).promise,
  };
}

/** A result of one text. */
export function text(text: string): { content: { type: "text"; text: string }[] } {
  return { content: [{ type: "text", text }] };
}

/** A text of so many bytes. */
export function largeText(bytes: number): string {
  return "0123456789abcdef".repeat(Math.ceil(bytes / 16)).slice(0, bytes);
}

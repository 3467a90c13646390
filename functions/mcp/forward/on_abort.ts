/**
 * A client that closes its connection while something is awaited or read on its behalf.
 *
 * @module
 */

/**
 * Calls back when a signal is aborted, until it is released; at once where it is aborted already.
 *
 * `AbortSignal.any` is not used: it aborts at the end of every call, and that
 * takes longer than to prepare one.
 */
export function onAbort(signal: AbortSignal, callBack: () => void): () => void {
  if (signal.aborted) {
    callBack();
  }
  signal.addEventListener("abort", callBack);
  return () => signal.removeEventListener("abort", callBack);
}

/**
 * Files that the page makes for the reader. They go to nobody else.
 *
 * @module
 */

/** Lets the browser save a text as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has the file once the click is over; another turn is for those that are slower.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

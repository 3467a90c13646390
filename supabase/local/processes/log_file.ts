/**
 * Appends lines to a log in the data folder.
 *
 * @module
 */

/** A log that only its owner may read. */
export interface LogFile {
  path: string;
  write(line: string): void;
  close(): void;
}

/** Opens a log to append to. */
export async function openLog(path: string): Promise<LogFile> {
  const file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  const encoder = new TextEncoder();
  let closed = false;
  return {
    path,
    write(line: string): void {
      if (!closed) {
        file.writeSync(encoder.encode(line + "\n"));
      }
    },
    close(): void {
      closed = true;
      file.close();
    },
  };
}

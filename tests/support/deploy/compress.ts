/**
 * How large a file is on its way.
 *
 * @module
 */

/** The bytes of a file, compressed with gzip. */
export async function compress(path: string): Promise<number> {
  const file = await Deno.open(path);
  const compressed = file.readable.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(compressed).arrayBuffer()).byteLength;
}

/**
 * Images that somebody uploads, and what is none: the beginnings are those of real files.
 *
 * @module
 */

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A PNG of one transparent pixel. */
export const PNG = decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);
/** How a JPEG begins (JFIF). */
export const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...text("JFIF\0")]);
/** How a lossless WebP begins. */
export const WEBP = new Uint8Array([...text("RIFF"), 26, 0, 0, 0, ...text("WEBPVP8L")]);
export const GIF = decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
/** An image that can hold a script. */
export const SVG = text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

/** Bytes in base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  bytes.forEach((byte) => binary += String.fromCharCode(byte));
  return btoa(binary);
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

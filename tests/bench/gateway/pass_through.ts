/**
 * The ten-line proxy that the gateway is measured against: streams both ways, and checks nothing.
 *
 * A function like any other, so that it runs in the same kind of worker.
 *
 * @module
 */

const url = Deno.env.get("PASS_THROUGH_URL")!;

export default {
  fetch({ method, headers, body, signal }: Request): Promise<Response> {
    const forwarded = new Headers(headers);
    forwarded.delete("Host");
    return fetch(url, { method, headers: forwarded, body, signal, redirect: "manual" });
  },
};

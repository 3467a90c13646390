/**
 * A certificate for a project of Supabase that is none, made by openssl for a day.
 *
 * @module
 */

/** A certificate that is its own authority. */
export interface Certificate {
  certFile: string;
  cert: string;
  key: string;
}

/** Makes a certificate for host names and addresses, in a folder. */
export async function makeCertificate(folder: string, hosts: string[]): Promise<Certificate> {
  const [certFile, keyFile] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  const names = hosts.map((host) => `${/^[0-9.]+$/.test(host) ? "IP" : "DNS"}:${host}`).join(",");
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
      ],
      ...["-subj", "/CN=gatepost-test", "-addext", `subjectAltName=${names}`],
      ...["-keyout", keyFile, "-out", certFile],
    ],
  }).output();
  if (!success) {
    throw new Error(`openssl makes no certificate: ${new TextDecoder().decode(stderr)}`);
  }
  return { certFile, cert: await Deno.readTextFile(certFile), key: await Deno.readTextFile(keyFile) };
}

/**
 * A certificate by an authority that nobody else knows, both made by openssl for a day.
 *
 * @module
 */

/** A certificate, and the file of its authority. */
export interface Certificate {
  authorityFile: string;
  cert: string;
  key: string;
}

/** The program that makes it. */
export const OPENSSL = "/usr/bin/openssl";

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];

/** Makes a certificate for host names and addresses, in a folder. */
export async function makeCertificate(folder: string, hosts: string[]): Promise<Certificate> {
  const [authorityFile, authorityKey] = [`${folder}/authority.pem`, `${folder}/authority.key`];
  const [certFile, keyFile] = [`${folder}/cert.pem`, `${folder}/cert.key`];
  const names = hosts.map((host) => `${/^[0-9.]+$/.test(host) ? "IP" : "DNS"}:${host}`).join(",");
  await request("/CN=Gatepost test authority", authorityFile, authorityKey, []);
  await request("/CN=Gatepost test", certFile, keyFile, [
    ...["-CA", authorityFile, "-CAkey", authorityKey],
    ...["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE"],
  ]);
  return {
    authorityFile,
    cert: await Deno.readTextFile(certFile),
    key: await Deno.readTextFile(keyFile),
  };
}

async function request(subject: string, certFile: string, keyFile: string, more: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(OPENSSL, {
    args: ["req", "-x509", ...NEW_KEY, "-subj", subject, "-keyout", keyFile, "-out", certFile, ...more],
    stdin: "null",
  }).output();
  if (!success) {
    throw new Error(`openssl makes no certificate: ${new TextDecoder().decode(stderr)}`);
  }
}

/**
 * Caddy with `supabase/origin/Caddyfile`.
 *
 * @module
 */

import {
  fillIn,
  ORIGIN_FOLDER,
  type Proxy,
  type ProxyKind,
  type ProxySetup,
  runProxy,
  writeTable,
} from "./proxy.ts";

const PROGRAM = "/usr/bin/caddy";
/** Names that lead here without a name server. */
const [FIRST, SECOND] = ["localhost", "127.0.0.1"] as const;

/** Caddy, as Debian has it. */
export const caddy: ProxyKind = {
  name: "Caddy",
  program: PROGRAM,
  hosts: [FIRST, SECOND],
  secure: true,
  refusesByLength: false,
  start,
};

async function start(setup: ProxySetup): Promise<Proxy> {
  const { port, projectPort, certificate, folder, defaultServer } = setup;
  const shipped = await Deno.readTextFile(`${ORIGIN_FOLDER}Caddyfile`);
  const configuration = fillIn(shipped, [
    "/etc/caddy/gatepost/*.map",
    await writeTable(setup, (name) => `${name} ${SECOND}`),
  ]);
  await Deno.writeTextFile(`${folder}/Caddyfile`, `{\n\tadmin off\n}\n${configuration}`);
  const env = {
    GATEPOST_ORIGIN: `http://127.0.0.1:${port}`,
    GATEPOST_PROJECT: FIRST,
    GATEPOST_PROJECT_PORT: `${projectPort}`,
    GATEPOST_DEFAULT_SERVER: defaultServer,
    SSL_CERT_FILE: certificate.authorityFile,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
  return await runProxy(
    PROGRAM,
    ["run", "--config", `${folder}/Caddyfile`, "--adapter", "caddyfile"],
    port,
    env,
  );
}

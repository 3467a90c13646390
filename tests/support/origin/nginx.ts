/**
 * nginx with `supabase/origin/nginx.conf`.
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

const PROGRAM = "/usr/sbin/nginx";
const [FIRST, SECOND] = ["your-project-ref.supabase.co", "second-project-ref.supabase.co"] as const;

/** nginx, as Debian has it. */
export const nginx: ProxyKind = {
  name: "nginx",
  program: PROGRAM,
  hosts: [FIRST, SECOND],
  secure: true,
  refusesByLength: true,
  start,
};

async function start(setup: ProxySetup): Promise<Proxy> {
  const { port, projectPort, certificate, folder, defaultServer } = setup;
  const upstream = (host: string): string => `upstream ${host} {\n  server 127.0.0.1:${projectPort};\n`;
  const shipped = await Deno.readTextFile(`${ORIGIN_FOLDER}nginx.conf`);
  const filled = fillIn(
    shipped,
    [`upstream ${FIRST} {\n  server ${FIRST}:443;\n`, `${upstream(SECOND)}}\n${upstream(FIRST)}`],
    ["/etc/nginx/gatepost/*.map", await writeTable(setup, (name) => `${name} ${SECOND};`)],
    ['default "";', `default "${defaultServer}";`],
    ["listen 443 ssl;", `listen 127.0.0.1:${port};`],
    ["listen [::]:443 ssl;", ""],
    [/ssl_certificate.*;/g, ""],
    ["/etc/ssl/certs/ca-certificates.crt", certificate.authorityFile],
  );
  await Deno.writeTextFile(`${folder}/gatepost.conf`, filled);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`);
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}
http { access_log off; ${temporary.join(" ")} include ${folder}/gatepost.conf; }`,
  );
  return await runProxy(PROGRAM, ["-p", folder, "-e", "stderr", "-c", `${folder}/nginx.conf`], port);
}

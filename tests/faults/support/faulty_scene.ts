/**
 * A tenant whose worker reaches the REST layer, the provider and the MCP server through a proxy each, which can fail.
 *
 * @module
 */

import type { Log } from "../../../functions/_shared/log.ts";
import { type FaultProxy, startFaultProxy } from "../../support/stack/fault_proxy.ts";
import { collectLog, type LogLine } from "../../support/stack/log_lines.ts";
import { type Scene, setScene } from "../../support/stack/scene.ts";
import type { TestStack } from "../../support/stack/stack.ts";
import { startWorker, type Worker } from "../../support/stack/worker.ts";
import { discover, register } from "../../support/client/mcp_client.ts";

/** Where a proxy stands. */
export type Leg = "database" | "provider" | "mcp server";

/** A scene that can fail. Whatever is in it ends with it. */
export interface FaultyScene extends Scene {
  worker: Worker;
  proxies: Record<Leg, FaultProxy>;
  logged: LogLine[];
  /** Starts another worker that remembers nothing, at the same address. */
  forget: () => Promise<void>;
}

/** Sets a scene. */
export async function setFaultyScene(stack: TestStack): Promise<FaultyScene> {
  const scene = await setScene(stack);
  const { provider, mcpServer, tenant } = scene;
  const proxies = {
    "database": startFaultProxy(stack.status.API_URL),
    "provider": startFaultProxy(new URL(provider.issuer).origin),
    "mcp server": startFaultProxy(new URL(mcpServer.url).origin),
  };
  const { log, logged } = collectLog();
  const start = (publicUrl?: string): Promise<Worker> =>
    startWorker(stack, {
      config: { supabaseUrl: proxies.database.url, ...(publicUrl === undefined ? {} : { publicUrl }) },
      fetch: (input, init) => {
        const request = new Request(input, init);
        const { pathname, search } = new URL(request.url);
        return fetch(new Request(`${proxies.provider.url}${pathname}${search}`, request));
      },
      log: log satisfies Log,
    });
  let worker = await start();
  // The address stays, so that issuer and audience do; who answers there is another worker.
  const front = worker;
  await stack.sql`
    update public.mcp_servers set upstream_url = ${`${proxies["mcp server"].url}/mcp`}
    where id = ${tenant.serverId}`;
  const client = await register(await discover(`${worker.publicUrl}/mcp/${tenant.slug}`));
  return {
    ...scene,
    client,
    tenant: {
      ...tenant,
      mcpUrl: `${front.publicUrl}/mcp/${tenant.slug}`,
      issuer: `${front.publicUrl}/oauth/${tenant.slug}`,
    },
    worker: { ...front, handle: (request) => worker.handle(request) },
    proxies,
    logged,
    async forget(): Promise<void> {
      worker = await start(front.publicUrl);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const part of [front, worker, scene, ...Object.values(proxies)]) {
        await part[Symbol.asyncDispose]();
      }
    },
  };
}

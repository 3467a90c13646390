/**
 * The demo upstream: an OpenID provider and an MCP server.
 *
 * @module
 */

import { readConfiguration, reportListening } from "../processes/inside_child.ts";
import type { DemoConfiguration } from "./demo_service.ts";
import { startMcpServer } from "./mcp_server.ts";
import { startProvider } from "./provider.ts";

const configuration = await readConfiguration<DemoConfiguration>();
startMcpServer(configuration);
await startProvider(configuration);
reportListening(configuration.providerPort);

/**
 * The demo upstream: an OpenID provider and an MCP server.
 *
 * @module
 */

import { readConfiguration, reportListening } from "../processes/inside_child.ts";
import { DEMO_SLUG, type DemoConfiguration } from "./demo_service.ts";
import { startMcpServer } from "./mcp_server.ts";
import { startProvider } from "./provider.ts";

const configuration = await readConfiguration<DemoConfiguration>();
startMcpServer({ ...configuration, slug: DEMO_SLUG });
await startProvider(configuration);
reportListening(configuration.providerPort);

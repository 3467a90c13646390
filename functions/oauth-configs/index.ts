import { wireDependencies } from "../_shared/dependencies.ts";
import { connectPlatform } from "./platform.ts";
import { configsEndpoint } from "./handler.ts";

const dependencies = await wireDependencies();

export default { fetch: configsEndpoint(dependencies, connectPlatform(dependencies.config)) };

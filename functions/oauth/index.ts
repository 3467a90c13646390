import { wireDependencies } from "../_shared/dependencies.ts";
import { discoveryEndpoint } from "./handler.ts";

export default { fetch: discoveryEndpoint(await wireDependencies()) };

import { wireDependencies } from "../_shared/dependencies.ts";
import { gatewayEndpoint } from "./handler.ts";

export default { fetch: gatewayEndpoint(await wireDependencies()) };

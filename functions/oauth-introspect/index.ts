import { wireDependencies } from "../_shared/dependencies.ts";
import { introspectionEndpoint } from "./handler.ts";

export default { fetch: introspectionEndpoint(await wireDependencies()) };

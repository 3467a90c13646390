import { wireDependencies } from "../_shared/dependencies.ts";
import { authorizationEndpoint } from "./handler.ts";

export default { fetch: authorizationEndpoint(await wireDependencies()) };

import { wireDependencies } from "../_shared/dependencies.ts";
import { callbackEndpoint } from "./handler.ts";

export default { fetch: callbackEndpoint(await wireDependencies()) };

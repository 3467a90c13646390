import { wireDependencies } from "../_shared/dependencies.ts";
import { tokenEndpoint } from "./handler.ts";

export default { fetch: tokenEndpoint(await wireDependencies()) };

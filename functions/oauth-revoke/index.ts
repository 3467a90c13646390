import { wireDependencies } from "../_shared/dependencies.ts";
import { revocationEndpoint } from "./handler.ts";

export default { fetch: revocationEndpoint(await wireDependencies()) };

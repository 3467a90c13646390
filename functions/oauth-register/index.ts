import { wireDependencies } from "../_shared/dependencies.ts";
import { registrationEndpoint } from "./handler.ts";

export default { fetch: registrationEndpoint(await wireDependencies()) };

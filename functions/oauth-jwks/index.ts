import { wireDependencies } from "../_shared/dependencies.ts";
import { jwksEndpoint } from "./handler.ts";

export default { fetch: jwksEndpoint(await wireDependencies()) };

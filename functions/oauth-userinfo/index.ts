import { wireDependencies } from "../_shared/dependencies.ts";
import { userinfoEndpoint } from "./handler.ts";

export default { fetch: userinfoEndpoint(await wireDependencies()) };

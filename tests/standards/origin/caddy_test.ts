import { caddy } from "../../support/origin/caddy.ts";
import { testProxy } from "../../support/origin/proxy_tests.ts";

await testProxy(caddy);

import { nginx } from "../../support/origin/nginx.ts";
import { testProxy } from "../../support/origin/proxy_tests.ts";

await testProxy(nginx);

import { worker } from "../../support/origin/worker.ts";
import { testProxy } from "../../support/origin/proxy_tests.ts";

await testProxy(worker);

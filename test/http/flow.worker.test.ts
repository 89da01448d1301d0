import { beforeEach } from "vitest";
import { describeFlow } from "./flow-suite.ts";
import { clearWorkerApp, createWorkerApp } from "./worker-app.ts";

beforeEach(clearWorkerApp);

describeFlow("D1 and R2", createWorkerApp);

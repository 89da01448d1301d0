import { beforeEach } from "vitest";
import { describeHealth } from "./health-suite.ts";
import { clearWorkerApp, createWorkerApp } from "./worker-app.ts";

beforeEach(clearWorkerApp);

describeHealth("D1 and R2", createWorkerApp);

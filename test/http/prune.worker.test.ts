import { beforeEach } from "vitest";
import { describePrune } from "./prune-suite.ts";
import { clearWorkerApp, createWorkerApp } from "./worker-app.ts";

beforeEach(clearWorkerApp);

describePrune("D1 and R2", createWorkerApp);

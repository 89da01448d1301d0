import { beforeEach } from "vitest";
import { describeUndo } from "./undo-suite.ts";
import { clearWorkerApp, createWorkerApp } from "./worker-app.ts";

beforeEach(clearWorkerApp);

describeUndo("D1 and R2", createWorkerApp);

import { beforeEach } from "vitest";
import { describeMultipart } from "./multipart-suite.ts";
import { clearWorkerApp, createWorkerApp } from "./worker-app.ts";

beforeEach(clearWorkerApp);

describeMultipart("R2", createWorkerApp);

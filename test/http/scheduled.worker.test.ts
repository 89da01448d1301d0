import { exports } from "cloudflare:workers";
import { beforeEach } from "vitest";
import { describeScheduled } from "./scheduled-suite.ts";
import { clearWorkerApp, createWorkerApp } from "./worker-app.ts";

beforeEach(clearWorkerApp);

describeScheduled("D1 and R2, by the Worker's own handler", createWorkerApp, () =>
  exports.default.scheduled({ cron: "0 3 * * *" }),
);

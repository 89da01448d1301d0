import { describe } from "vitest";
import { createNodeApp } from "./node-app.ts";
import { describeScheduled, describeSchedules } from "./scheduled-suite.ts";

describeScheduled(
  "node:sqlite",
  () => createNodeApp({ pruneOlderThanMs: 0 }),
  (app) => app.scheduled(),
);

describe("the schedule of an app", () => describeSchedules(createNodeApp));

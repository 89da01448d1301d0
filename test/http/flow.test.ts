import { describeFlow } from "./flow-suite.ts";
import { createNodeApp } from "./node-app.ts";

describeFlow("node:sqlite and a directory", createNodeApp);

import { createNodeApp } from "./node-app.ts";
import { describePrune } from "./prune-suite.ts";

describePrune("node:sqlite and a directory", createNodeApp);

import { createNodeApp } from "./node-app.ts";
import { describeUndo } from "./undo-suite.ts";

describeUndo("node:sqlite and a directory", createNodeApp);

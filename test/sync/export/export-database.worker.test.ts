import { limitedEngine } from "../../support/worker-engine.ts";
import { describeExport } from "./export-database-suite.ts";

describeExport("D1", limitedEngine());

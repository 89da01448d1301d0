import { limitedEngine } from "../../support/worker-engine.ts";
import { describeTerms } from "./contentless-tables-suite.ts";

describeTerms("D1", limitedEngine());

import { limitedEngine } from "../support/worker-engine.ts";
import { describeTerms } from "./terms-suite.ts";

describeTerms("D1", limitedEngine());

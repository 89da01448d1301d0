import { limitedEngine } from "../../support/worker-engine.ts";
import { describeSelfReferences } from "./self-references-suite.ts";

describeSelfReferences("D1", limitedEngine());

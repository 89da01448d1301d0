import { limitedEngine } from "../../support/worker-engine.ts";
import { describeMoments } from "./moments-suite.ts";

describeMoments("D1", limitedEngine());

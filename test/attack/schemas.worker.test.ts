import { limitedEngine } from "../support/worker-engine.ts";
import { describeHostileSchemas } from "./schemas-suite.ts";

describeHostileSchemas("D1", limitedEngine(), "stray.sqlite");

import { d1Engine } from "../support/worker-engine.ts";
import { describeMeanwhile } from "./meanwhile-suite.ts";

describeMeanwhile("D1", d1Engine());

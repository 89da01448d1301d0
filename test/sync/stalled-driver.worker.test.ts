import { d1Engine } from "../support/worker-engine.ts";
import { describeStalledDriver } from "./stalled-driver-suite.ts";

describeStalledDriver("D1", d1Engine(), [5]);

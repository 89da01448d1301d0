import { d1Engine } from "../support/worker-engine.ts";
import { describeFailures, describeResuming } from "./resume-suite.ts";

describeResuming("D1", d1Engine());
describeFailures("D1", d1Engine());

import { describeGaps } from "./gaps-suite.ts";
import { workerGapsGround } from "./support/gaps/worker-ground.ts";

describeGaps(workerGapsGround(), 300);

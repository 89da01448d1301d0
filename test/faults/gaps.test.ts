import { describeGaps } from "./gaps-suite.ts";
import { nodeGapsGround } from "./support/gaps/node-ground.ts";

describeGaps(nodeGapsGround(), 10_000);

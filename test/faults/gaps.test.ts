import { describeGaps } from "./gaps-suite.ts";
import { nodeGapsGround } from "./support/gaps/node-ground.ts";

// Not yet clean: FERRY_GAPS=10000 still finds refusals under another code than a new run would give.
describeGaps(nodeGapsGround(), Number(process.env.FERRY_GAPS ?? 0));

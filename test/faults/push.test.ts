import { describePushWalk } from "./push-suite.ts";
import { nodeGround } from "./support/node-ground.ts";

describePushWalk("in one transaction", nodeGround(), {}, { atLeast: 250 });

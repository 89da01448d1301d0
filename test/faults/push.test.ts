import { partOf } from "../support/cases.ts";
import { describePushWalk } from "./push-suite.ts";
import { nodeGround } from "./support/node-ground.ts";

describePushWalk("in one transaction", nodeGround(), {}, { every: 8, atLeast: partOf(250) });

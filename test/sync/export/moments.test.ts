import { nodeEngine } from "../../support/node-engine.ts";
import { describeMoments } from "./moments-suite.ts";

describeMoments("node:sqlite", nodeEngine);

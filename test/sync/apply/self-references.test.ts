import { nodeEngine } from "../../support/node-engine.ts";
import { describeSelfReferences } from "./self-references-suite.ts";

describeSelfReferences("node:sqlite", nodeEngine);

import { nodeEngine } from "../support/node-engine.ts";
import { describeTerms } from "./terms-suite.ts";

describeTerms("node:sqlite", nodeEngine);

import { nodeEngine } from "../../support/node-engine.ts";
import { describeTerms } from "./contentless-tables-suite.ts";

describeTerms("node:sqlite", nodeEngine);

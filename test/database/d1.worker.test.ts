import { d1Engine } from "../support/worker-engine.ts";
import { describeCells } from "./cells-suite.ts";
import { describeDatabase } from "./conformance.ts";
import { describeSchema } from "./schema-suite.ts";

const subject = { create: d1Engine().target };

describeDatabase("D1", subject);
describeSchema("D1", subject);
describeCells("D1", subject);

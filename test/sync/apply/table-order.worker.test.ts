import { d1Engine } from "../../support/worker-engine.ts";
import { describeFrameOrder } from "./table-order-suite.ts";

describeFrameOrder("D1", d1Engine());

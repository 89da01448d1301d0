export { applyRun, prepareApply } from "./apply-run.ts";

export { verifyRun } from "./verify-run.ts";

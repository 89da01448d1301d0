export { refuseUnconfirmed } from "./confirm.ts";
export { planStaged } from "./plan-run.ts";

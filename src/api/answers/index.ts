import type * as v from "valibot";

/*
 * The bodies of answers. The OpenAPI description is made from these, and the tests parse answers with them.
 */

export * from "./archives.ts";
export { errorAnswer, usage } from "./common.ts";
export * from "./difference.ts";
export { historyAnswer, logAnswer } from "./history.ts";
export * from "./multipart.ts";
export { rowsAnswer } from "./plan.ts";
export { dropAnswer, statusAnswer, syncAnswer, undoAnswer } from "./run.ts";

/** What an operation answers, before its usage is added. */
export type Body<S extends v.GenericSchema> = Omit<v.InferOutput<S>, "usage">;

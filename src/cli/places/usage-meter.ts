import type { FerryClient } from "../../client/client.ts";
import type { AppUsage, UsageSum } from "./app.ts";

export function noUsage(): AppUsage {
  return { compare: zero(), export: zero(), upload: zero(), sync: zero() };
}

/** The client, with each answer's usage added up. */
export function metered(client: FerryClient, usage: AppUsage): FerryClient {
  const added = async <T extends { usage: Usage }>(sum: UsageSum, answer: Promise<T>): Promise<T> => {
    add(sum, (await answer).usage);
    return answer;
  };
  const upload = <T extends { usage: Usage }>(answer: Promise<T>) => added(usage.upload, answer);
  return {
    ...client,
    compare: (...input) => added(usage.compare, client.compare(...input)),
    export: (input, { onProgress, ...options } = {}) =>
      client.export(input, {
        ...options,
        onProgress: (answer) => {
          add(usage.export, answer.usage);
          onProgress?.(answer);
        },
      }),
    sync: (input, { onProgress, ...options } = {}) =>
      client.sync(input, {
        ...options,
        onProgress: (answer) => {
          add(usage.sync, answer.usage);
          onProgress?.(answer);
        },
      }),
    undo: (input, { onProgress, ...options } = {}) =>
      client.undo(input, {
        ...options,
        onProgress: (answer) => {
          add(usage.sync, answer.usage);
          onProgress?.(answer);
        },
      }),
    startUpload: (...input) => upload(client.startUpload(...input)),
    readUpload: (...input) => upload(client.readUpload(...input)),
    sendPart: (...input) => upload(client.sendPart(...input)),
    completeUpload: (...input) => upload(client.completeUpload(...input)),
  };
}

type Usage = Pick<UsageSum, "statements" | "bucketOperations" | "ms">;

function zero(): UsageSum {
  return { invocations: 0, statements: 0, maxStatementsPerInvocation: 0, bucketOperations: 0, ms: 0 };
}

function add(sum: UsageSum, one: Usage): void {
  sum.invocations += 1;
  sum.statements += one.statements;
  sum.maxStatementsPerInvocation = Math.max(sum.maxStatementsPerInvocation, one.statements);
  sum.bucketOperations += one.bucketOperations;
  sum.ms += one.ms;
}

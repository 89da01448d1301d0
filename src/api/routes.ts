import type * as v from "valibot";
import type { Permission } from "../grants.ts";
import * as answers from "./answers/index.ts";
import { exampleKey } from "./fields.ts";
import { healthAnswer } from "./health.ts";
import type { RoutePath } from "./paths.ts";
import * as requests from "./requests.ts";
import { type CallOptions, namesRows, type RunOptions } from "./run-options.ts";

export type Method = "GET" | "POST" | "PUT";

export interface Route {
  path: RoutePath;
  method: Method;
  /**
   * Whether a request says the route's name, in the query of a GET, else in the body. "optional": what
   * else it holds may say enough. "never": it is the only route of its path and method. @default "always"
   */
  named?: "optional" | "never";
  /** What it does, for a person. */
  does: string;
  /** Of the body of a POST, else of the query; the name apart. */
  request: v.GenericSchema;
  /** Null where no JSON object with its usage is answered. */
  answer: v.GenericSchema | null;
  /** Answers 202 while it is not finished. @default false */
  goesOn?: true;
  /**
   * What a grant has to allow, all of it; by the input where it depends on that. Of an empty list any grant
   * will do that allows something.
   */
  needs: Needs | ((input: never) => Needs);
  /** What to send beside the name; null for what is not shown in the explanation. */
  example: Record<string, unknown> | null;
}

export type Needs = readonly Permission[];

/** A dry run changes nothing; an apply needs what it may come to do. */
export function needsOfSync(input: RunOptions & CallOptions): Needs {
  // Whether the name of its rows is a plan's tells what is in them.
  const reads = input.plan !== undefined && namesRows(input.plan) ? (["read"] as const) : [];
  if (input.dryRun) return ["plan", ...reads];
  const deletes = input.mode === "mirror" || input.onConflict === "replace";
  return [
    "write",
    ...(deletes ? (["delete"] as const) : []),
    ...(input.create ? (["create"] as const) : []),
    ...reads,
  ];
}

/** It puts back, and deletes what was inserted. */
export function needsOfUndo(input: CallOptions): Needs {
  return needsOfSync({ ...input, mode: "mirror" });
}

const EXPORT_KEY = exampleKey("export");
const UPLOAD = { key: "sync-…", uploadId: "…" };

/**
 * Every call of the API, by its name. Dispatch, the OpenAPI description and the explanation at GET are made
 * from this table.
 */
export const ROUTES = {
  export: {
    path: "r2-sync",
    method: "POST",
    does: "Writes the database into the bucket.",
    request: requests.exportRequest,
    answer: answers.exportAnswer,
    goesOn: true,
    needs: ["read"],
    example: {},
  },
  download: {
    path: "r2-sync",
    method: "GET",
    does: "The document as plain JSON; with &format=archive the gzip as it is stored.",
    request: requests.downloadRequest,
    answer: null,
    needs: ["read"],
    example: { exportKey: EXPORT_KEY },
  },
  upload: {
    path: "r2-sync",
    method: "POST",
    named: "optional",
    does: `Stores a document of up to ${requests.MAX_BODY_BYTES / 1024 / 1024} MiB. The document itself may be the body.`,
    request: requests.uploadRequest,
    answer: answers.uploadAnswer,
    needs: ["plan"],
    example: { data: { authors: [{ id: 1, name: "Ada" }] } },
  },
  sync: {
    path: "r2-sync",
    method: "POST",
    does: "Imports a document from the bucket. Status 202 means: run the same call again.",
    request: requests.syncRequest,
    answer: answers.syncAnswer,
    goesOn: true,
    needs: needsOfSync,
    example: { syncKey: EXPORT_KEY, mode: "merge", dryRun: true },
  },
  undo: {
    path: "r2-sync",
    method: "POST",
    does: "Takes back what a run has changed. Status 202 means: run the same call again.",
    request: requests.undoRequest,
    answer: answers.undoAnswer,
    goesOn: true,
    needs: needsOfUndo,
    example: { syncKey: "sync-…", dryRun: true },
  },
  status: {
    path: "r2-sync",
    method: "GET",
    named: "optional",
    does: "Where a key stands.",
    request: requests.statusRequest,
    answer: answers.statusAnswer,
    needs: [],
    example: { syncKey: EXPORT_KEY },
  },
  rows: {
    path: "r2-sync",
    method: "GET",
    does: "The rows of a run's plan: what is inserted, which cells are changed, what is deleted.",
    request: requests.rowsRequest,
    answer: answers.rowsAnswer,
    needs: ["read"],
    example: { syncKey: EXPORT_KEY },
  },
  compare: {
    path: "r2-sync",
    method: "POST",
    does: "Answers questions about rows, by which two databases find out how they differ. Writes nothing.",
    request: requests.compareRequest,
    answer: answers.compareAnswer,
    needs: ["read"],
    example: {},
  },
  diff: {
    path: "r2-sync",
    method: "POST",
    does: "Compares two archives, or one with the database, row by row. Writes nothing.",
    request: requests.diffRequest,
    answer: answers.diffAnswer,
    goesOn: true,
    needs: ["read"],
    example: { left: EXPORT_KEY },
  },
  list: {
    path: "r2-sync",
    method: "GET",
    does: "The documents in the bucket.",
    request: requests.listRequest,
    answer: answers.listAnswer,
    needs: [],
    example: {},
  },
  history: {
    path: "r2-sync",
    method: "GET",
    does: "What was synced into this database: run by run, what is live now, and by version.",
    request: requests.historyRequest,
    answer: answers.historyAnswer,
    needs: [],
    example: {},
  },
  log: {
    path: "r2-sync",
    method: "GET",
    does: "The record: who exported, uploaded, synced and removed what, and what was refused to whom.",
    request: requests.logRequest,
    answer: answers.logAnswer,
    needs: ["manage"],
    example: {},
  },
  health: {
    path: "r2-sync",
    method: "GET",
    does: "How the app is: its version, its room, what it wrote today, the runs that are open, and what is wrong.",
    request: requests.emptyRequest,
    answer: healthAnswer,
    needs: [],
    example: {},
  },
  drop: {
    path: "r2-sync",
    method: "POST",
    does: "Forgets a key: its run and its object. The tables stay as they are.",
    request: requests.dropRequest,
    answer: answers.dropAnswer,
    needs: ["plan"],
    example: { syncKey: EXPORT_KEY },
  },
  prune: {
    path: "r2-sync",
    method: "POST",
    does: "Removes what nobody goes on with: documents, exports, uploads and staged rows older than 7 days.",
    request: requests.pruneRequest,
    answer: answers.pruneAnswer,
    needs: ["manage"],
    example: { dryRun: true },
  },
  openapi: {
    path: "r2-sync",
    method: "GET",
    does: "This description.",
    request: requests.emptyRequest,
    answer: null,
    needs: [],
    example: null,
  },
  start: {
    path: "multipart-upload",
    method: "POST",
    does: "Begins an upload in parts.",
    request: requests.startRequest,
    answer: answers.startAnswer,
    needs: ["plan"],
    example: {},
  },
  part: {
    path: "multipart-upload",
    method: "PUT",
    named: "never",
    does: "Sends one part as the raw body; all but the last are of one size, at least 5 MiB.",
    request: requests.partRequest,
    answer: answers.partAnswer,
    needs: ["plan"],
    example: { ...UPLOAD, partNumber: 1 },
  },
  parts: {
    path: "multipart-upload",
    method: "GET",
    named: "never",
    does: "The parts that arrived.",
    request: requests.partsRequest,
    answer: answers.partsAnswer,
    needs: ["plan"],
    example: UPLOAD,
  },
  complete: {
    path: "multipart-upload",
    method: "POST",
    does: "Joins the parts.",
    request: requests.completeRequest,
    answer: answers.completeAnswer,
    needs: ["plan"],
    example: { ...UPLOAD, parts: [{ partNumber: 1, etag: "…" }] },
  },
  abort: {
    path: "multipart-upload",
    method: "POST",
    does: "Forgets the parts.",
    request: requests.abortRequest,
    answer: answers.abortAnswer,
    needs: ["plan"],
    example: UPLOAD,
  },
} satisfies Record<string, Route>;

type Routes = typeof ROUTES;

export type RouteName = keyof Routes;

/** The names of the routes of one path and method. */
export type NamesOf<P extends RoutePath, M extends Method> = {
  [N in RouteName]: Routes[N] extends { path: P; method: M } ? N : never;
}[RouteName];

/** The methods that a path answers to. */
export type MethodOf<P extends RoutePath> = Extract<Routes[RouteName], { path: P }>["method"];

/** What a request asks of the route, once its schema has checked it. */
export type Input<N extends RouteName> = v.InferOutput<Routes[N]["request"]>;

/** What a grant has to allow for this call. */
export function needsOf<N extends RouteName>(name: N, input: Input<N>): Needs {
  const { needs }: Route = ROUTES[name];
  return typeof needs === "function" ? needs(input as never) : needs;
}

/** What the route answers, before the usage is added. */
export type Answer<N extends RouteName> = Routes[N]["answer"] extends v.GenericSchema
  ? answers.Body<Routes[N]["answer"]>
  : never;

/** The field that holds a route's name: in the query of a GET, else in the body. */
export const NAME_FIELDS = { "r2-sync": "operation", "multipart-upload": "action" } as const satisfies Record<
  RoutePath,
  string
>;

export type NamedRoute<N extends RouteName = RouteName> = Route & { name: N };

/** The routes of a path and method, in the table's order. */
export function routesOf<P extends RoutePath, M extends Method>(
  path: P,
  method: M,
): NamedRoute<NamesOf<P, M>>[] {
  return Object.entries<Route>(ROUTES)
    .filter(([, route]) => route.path === path && route.method === method)
    .map(([name, route]) => ({ ...route, name: name as NamesOf<P, M> }));
}

/** The methods that a path answers to, sorted. */
export function methodsOf(path: RoutePath): Method[] {
  const methods = Object.values<Route>(ROUTES).flatMap((route) =>
    route.path === path ? [route.method] : [],
  );
  return [...new Set(methods)].sort();
}

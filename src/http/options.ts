import type { Bucket } from "../bucket/port.ts";
import type { Database } from "../database/port.ts";
import type { Grant } from "../grants.ts";
import type { WorkflowLike } from "../operations/background.ts";
import type { FerryEvent } from "../operations/events.ts";
import type { Platform } from "../operations/platforms.ts";
import type { Policy } from "../operations/policy.ts";
import type { TokenSettings } from "./auth.ts";

export interface FerryOptions<Context = unknown> {
  /** Called at most once a request, and only by what needs the database. */
  database(context: Context): Database;
  /** Called at most once a request, and only by what needs the bucket. */
  bucket(context: Context): Bucket;
  /** The environment with FERRY_TOKEN and FERRY_TOKENS, or a part of it. @default no token is taken */
  tokens?(context: Context): TokenSettings;
  /**
   * What the app lets somebody do who sent no token of ours: their grant, or null for a stranger. Somebody
   * whom the app knows and who may do nothing has a grant with an empty `may`. @default null
   */
  authorize?(request: Request, context: Context): Grant | null | Promise<Grant | null>;
  /** Where the app says what `authorize` allows, for those who are refused. @default "authorize" */
  allowedBy?: string;
  /** What nobody may do, whatever their grant says. @default nothing */
  policy?: Policy;
  /** Where the two routes are, below whatever the app is mounted at. @default "/api/admin" */
  basePath?: string;
  /** Whether the page is there, at "ferry" beside the routes, for those with a grant. @default true */
  console?: boolean;
  /** Where the app runs, or how to find out. @default "webflow-cloud" */
  platform?: Platform | ((context: Context) => Platform | undefined);
  /** The Workflows binding with the class of d1-ferry/workflow, for syncs with `background`. */
  workflow?(context: Context): WorkflowLike | null | undefined;
  /**
   * Told what happens, for the app's own log. It is not waited for, and what it throws or rejects with changes nothing.
   * @default nobody is told
   */
  onEvent?(event: FerryEvent, context: Context): unknown;
  /** Milliseconds for which nobody worked on what `scheduled` removes. @default 604800000, 7 days */
  pruneOlderThanMs?: number;
}

import type { Bucket } from "../bucket/port.ts";
import type { Database } from "../database/port.ts";
import type { WorkflowLike } from "../operations/background.ts";
import type { Platform } from "../operations/platforms.ts";
import type { Actor } from "./auth.ts";

export interface FerryOptions<Context = unknown> {
  /** Called at most once a request, and only by what needs the database. */
  database(context: Context): Database;
  /** Called at most once a request, and only by what needs the bucket. */
  bucket(context: Context): Bucket;
  /** Null refuses the request with 401. Nothing answers before this has. */
  authorize(request: Request, context: Context): Actor | null | Promise<Actor | null>;
  /** Where the two routes are, below whatever the app is mounted at. @default "/api/admin" */
  basePath?: string;
  /** Where the app runs, or how to find out. @default "webflow-cloud" */
  platform?: Platform | ((context: Context) => Platform | undefined);
  /** The Workflows binding with the class of d1-ferry/workflow, for syncs with `background`. */
  workflow?(context: Context): WorkflowLike | null | undefined;
}

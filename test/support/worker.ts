import { r2Bucket } from "../../src/bucket/r2.ts";
import { d1Database } from "../../src/database/d1.ts";
import type { Database } from "../../src/database/port.ts";
import { createFerry } from "../../src/http/ferry.ts";
import { ferryWorkflow } from "../../src/integrations/workflow/index.ts";
import type { FerryEvent } from "../../src/operations/events.ts";

/** What the workflow's database does, for the test that is running: fails, or is watched. */
export const workflowDatabase: { wrap(database: Database): Database } = { wrap: (database) => database };

/** What the workflow said of the runs that it drove. */
export const workflowEvents: FerryEvent[] = [];

/** The class of the binding FERRY_WORKFLOW. A free plan's budget makes many steps of a small sync. */
export const FerryWorkflow = ferryWorkflow<Cloudflare.Env>({
  database: ({ DB }) => workflowDatabase.wrap(d1Database(DB)),
  platform: "workers-free",
  onEvent: (event) => workflowEvents.push(event),
});

/** Its schedule removes whatever nobody works on. */
const { scheduled } = createFerry<Cloudflare.Env>({
  database: ({ DB }) => d1Database(DB),
  bucket: ({ DATA_SYNC }) => r2Bucket(DATA_SYNC),
  pruneOlderThanMs: 0,
});

export default {
  scheduled,
  fetch: () => new Response("The tests call what they test directly.", { status: 404 }),
};

import { d1Database } from "../../src/database/d1.ts";
import type { Database } from "../../src/database/port.ts";
import { ferryWorkflow } from "../../src/integrations/workflow/index.ts";

/** What the workflow's database does, for the test that is running: fails, or is watched. */
export const workflowDatabase: { wrap(database: Database): Database } = { wrap: (database) => database };

/** The class of the binding FERRY_WORKFLOW. A free plan's budget makes many steps of a small sync. */
export const FerryWorkflow = ferryWorkflow<Cloudflare.Env>({
  database: ({ DB }) => workflowDatabase.wrap(d1Database(DB)),
  platform: "workers-free",
});

export default {
  fetch: () => new Response("The tests call what they test directly.", { status: 404 }),
};

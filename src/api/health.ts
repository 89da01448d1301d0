import * as v from "valibot";
import { type Body, usage } from "./answers/index.ts";
import { finding } from "./findings.ts";

const table = v.strictObject({
  table: v.string(),
  rows: v.pipe(v.nullable(v.number()), v.description("Null where it was not counted.")),
  more: v.pipe(v.boolean(), v.description("It has more rows than were counted.")),
});

export const healthAnswer = v.strictObject({
  version: v.pipe(v.string(), v.description("d1-ferry's own.")),
  platform: v.picklist(["webflow-cloud", "workers-paid", "workers-free"]),
  platformNamed: v.pipe(v.boolean(), v.description("False where nobody says it, and it is assumed.")),
  database: v.strictObject({
    bytes: v.pipe(
      v.nullable(v.number()),
      v.description("Of its file; null where the engine does not say it."),
    ),
    limitBytes: v.pipe(v.number(), v.description("What the platform documents.")),
    tables: v.pipe(v.array(table), v.description("The app's own, as far as the caller may use them.")),
  }),
  today: v.pipe(
    v.nullable(
      v.strictObject({
        rowsWritten: v.pipe(
          v.number(),
          v.description("By completed syncs and undos, by the record; indexes counted, as D1 bills them."),
        ),
        limit: v.pipe(
          v.nullable(v.number()),
          v.description("What an account may write a day; null where the platform sets no limit."),
        ),
      }),
    ),
    v.description("The day in UTC. Null for who may not manage, and where the record cannot be read."),
  ),
  runs: v.strictObject({
    open: v.pipe(
      v.array(
        v.strictObject({
          key: v.string(),
          phase: v.string(),
          startedAt: v.pipe(v.number(), v.description("Milliseconds since 1970.")),
        }),
      ),
      v.description("Not at their end, the newest first, 20 at the most; of others only to who may manage."),
    ),
  }),
  checks: v.array(finding),
  usage,
});

export type Health = Body<typeof healthAnswer>;

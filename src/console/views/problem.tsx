import type { Child } from "hono/jsx";
import type { FerryError } from "../../errors.ts";
import { page, strangersPage } from "../page.tsx";
import { Foreign } from "../parts/text.tsx";
import { addressOf, type Rendered, type Visit } from "../visit.ts";

export interface Problem {
  error: string;
  code: FerryError["code"];
  hint?: string | undefined;
  details?: Readonly<Record<string, unknown>> | undefined;
}

/** An error as a page. `visit` is that of somebody known, where it was known. */
export function problem(
  visit: Visit | Pick<Visit, "nonce" | "url">,
  { problem: told, status }: { problem: Problem; status: number },
): Rendered {
  const title = TITLES[told.code] ?? "That did not work";
  const key = told.details?.syncKey;
  const children = (
    <>
      <h1>{title}</h1>
      <ProblemText problem={told} />
      <div class="actions">
        {typeof key === "string" && !UNSEEN.has(told.code) && (
          <a class="button" href={addressOf({ run: key })}>
            Look at the run
          </a>
        )}
        <a class="button quiet" href={addressOf()}>
          Back to Now
        </a>
      </div>
    </>
  );
  return "grant" in visit
    ? page(visit, { title, view: "none", status, children })
    : strangersPage(visit, { title, status, children });
}

/** Where the run itself is what cannot be looked at. */
const UNSEEN: ReadonlySet<string> = new Set<FerryError["code"]>(["FORBIDDEN", "NOT_FOUND", "INVALID_KEY"]);

const TITLES: Readonly<Partial<Record<FerryError["code"], string>>> = {
  FORBIDDEN: "You may not do this",
  NOT_FOUND: "There is nothing here",
  PLAN_STALE: "The database has moved since the plan",
  CONFIRMATION_REQUIRED: "Not confirmed",
  RUN_LOCKED: "Somebody else is at work on it",
  DAILY_LIMIT: "The day's limit is reached",
  NOT_CONFIGURED: "The app is not set up for this",
};

/** What went wrong, in which state things are, and what to do. */
export function ProblemText({ problem: { error, code, hint } }: { problem: Problem }): Child {
  return (
    <div class="alert bad" role="alert">
      <p>
        <strong>
          <Foreign text={error} />
        </strong>
      </p>
      {hint && (
        <p>
          <Foreign text={hint} />
        </p>
      )}
      <p class="small soft">
        <code>{code}</code>
      </p>
    </div>
  );
}

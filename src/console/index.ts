/*
 * The page: what d1-ferry knows of this app, to look at and to click. It is made of calls of the API, with the grant of
 * whoever visits, so it can do nothing that they could not do by HTTP, and nothing has to be decided here about who may
 * what. It answers HTML without needing a script; the script sends forms again that take several requests, and uploads.
 */
import { act } from "./actions.ts";
import { compare } from "./views/compare.tsx";
import { bringIn } from "./views/in.tsx";
import { now } from "./views/now.tsx";
import { takeOut } from "./views/out.tsx";
import { record } from "./views/record.tsx";
import { run } from "./views/run/index.tsx";
import { runs } from "./views/runs.tsx";
import type { Rendered, Visit } from "./visit.ts";

export { problem } from "./views/problem.tsx";
export { signIn } from "./views/sign-in.tsx";
export type { MakeCall, Rendered, Visit } from "./visit.ts";

const VIEWS: Readonly<Record<string, (visit: Visit) => Promise<Rendered>>> = {
  compare,
  in: bringIn,
  out: takeOut,
  record,
  runs,
};

/** A view, or what a form came to: shown where it is, or told to the script. */
export async function answerVisit(visit: Visit, wantsJson: boolean): Promise<Rendered | { json: object }> {
  const { searchParams } = visit.url;
  const action = searchParams.get("do");
  if (visit.form !== null && action !== null) {
    const done = await act(visit, action, visit.form);
    return wantsJson ? { json: done } : { seeOther: done.goTo };
  }
  if (searchParams.has("run")) return run(visit);
  const view = searchParams.get("view");
  return view !== null && Object.hasOwn(VIEWS, view)
    ? (VIEWS[view] as (typeof VIEWS)[string])(visit)
    : now(visit);
}

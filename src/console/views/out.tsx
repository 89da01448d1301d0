import { page } from "../page.tsx";
import type { Rendered, Visit } from "../visit.ts";

export async function takeOut(visit: Visit): Promise<Rendered> {
  return page(visit, { title: "Take data out", view: "out", children: <h1>Take data out</h1> });
}

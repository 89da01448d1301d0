import { page } from "../page.tsx";
import type { Rendered, Visit } from "../visit.ts";

export async function compare(visit: Visit): Promise<Rendered> {
  return page(visit, { title: "Compare", view: "compare", children: <h1>Compare</h1> });
}

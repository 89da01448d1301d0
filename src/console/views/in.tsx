import { page } from "../page.tsx";
import type { Rendered, Visit } from "../visit.ts";

export async function bringIn(visit: Visit): Promise<Rendered> {
  return page(visit, { title: "Bring data in", view: "in", children: <h1>Bring data in</h1> });
}

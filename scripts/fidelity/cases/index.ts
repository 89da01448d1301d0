import type { Group } from "../case.ts";
import { numbers } from "./numbers.ts";
import { objects, relations } from "./relations.ts";
import { schemas } from "./schemas.ts";
import { search } from "./search.ts";
import { identifiers, keys, tables } from "./tables.ts";
import { text } from "./text.ts";

/** The hostile database, feature by feature. */
export const groups: readonly Group[] = [
  { title: "Numbers", cases: numbers },
  { title: "Text and blobs", cases: text },
  { title: "Keys", cases: keys },
  { title: "Tables", cases: tables },
  { title: "Identifiers", cases: identifiers },
  { title: "Relations", cases: relations },
  { title: "Indexes, views, triggers", cases: objects },
  { title: "Virtual tables", cases: search },
  { title: "Whole schemas", cases: schemas },
];

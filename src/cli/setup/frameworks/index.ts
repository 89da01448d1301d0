import type { Framework } from "../framework.ts";
import { astro } from "./astro.ts";

/** All of them, in groups: an app of a later group's framework is not one where an earlier group has its own. */
export const frameworks: readonly (readonly Framework[])[] = [[astro]];

import type { Framework } from "../framework.ts";
import { astro } from "./astro.ts";
import { bareWorker } from "./bare-worker.ts";
import { hono } from "./hono.ts";
import { nextOpenNext, vinext } from "./next.ts";
import { nuxt } from "./nuxt.ts";
import { reactRouter } from "./react-router.ts";
import { sveltekit } from "./sveltekit.ts";
import { tanstackStart } from "./tanstack-start.ts";

/** All of them, in groups: an app of a later group's framework is not one where an earlier group has its own. */
export const frameworks: readonly (readonly Framework[])[] = [
  [astro, nextOpenNext, vinext, reactRouter, sveltekit, nuxt, tanstackStart],
  [hono],
  [bareWorker],
];

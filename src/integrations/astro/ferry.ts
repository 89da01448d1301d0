import { answer } from "./route.ts";

export const prerender = false;
export const ALL = answer;

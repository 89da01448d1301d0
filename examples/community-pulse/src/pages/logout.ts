import type { APIRoute } from "astro";
import { link } from "../lib/links.ts";
import { endSession } from "../lib/sessions.ts";

export const POST: APIRoute = async ({ cookies, redirect }) => {
  await endSession(cookies);
  return redirect(link("/"), 303);
};

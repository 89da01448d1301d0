import type { APIRoute } from "astro";
import { link } from "../lib/links.ts";

/** On to d1-ferry's page, for who is logged in. */
export const GET: APIRoute = ({ locals, redirect }) =>
  locals.user === null
    ? redirect(link("/login", { next: link("/admin") }), 303)
    : redirect(link("/api/admin/ferry"), 303);

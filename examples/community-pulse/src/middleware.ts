import { defineMiddleware } from "astro:middleware";
import { DEVELOPER } from "./lib/accounts.ts";
import { readSession } from "./lib/sessions.ts";

const THIS_MACHINE = new Set(["localhost", "127.0.0.1", "[::1]"]);

export const onRequest = defineMiddleware(async ({ cookies, locals, url }, next) => {
  try {
    locals.user = await readSession(cookies);
    // A built app has no trace of this line: DEV is false there, and the branch is dropped.
    if (import.meta.env.DEV && THIS_MACHINE.has(url.hostname)) locals.user ??= DEVELOPER;
    return await next();
  } catch (error) {
    if (String(error).includes("no such table")) return askForMigrations();
    throw error;
  }
});

function askForMigrations(): Response {
  const text = `The database has no tables yet.

On your machine:  npm run seed               (tables and example data)
             or:  npm run db:migrate:local   (tables only)
Deployed:         apply the files in migrations/ to the database.
`;
  return new Response(text, { status: 503, headers: { "content-type": "text/plain; charset=utf-8" } });
}

import { type Grant, PERMISSIONS } from "../../grants.ts";

/** What the module of the option `users` answers by, as its default export. */
export type FerryUsers<Locals extends object = object> = (asked: {
  request: Request;
  /** As the app's middleware left them. */
  locals: Locals;
}) => Grant | null | Promise<Grant | null>;

/** Who of the app's users may do what: nobody, all, or by the app's own module. */
export type Users = "none" | "all" | FerryUsers;

/**
 * The grant of whom the app has signed in, by whatever way it does that, as long as `locals.user` is there.
 * Whom the app knows and lets do nothing has an empty one; who is nobody has none.
 */
export async function authorizeUser(request: Request, locals: object, users: Users): Promise<Grant | null> {
  const granted = typeof users === "function" ? await users({ request, locals }) : null;
  if (granted !== null && granted !== undefined) return granted;
  const user: unknown = (locals as { user?: unknown }).user;
  if (!user) return null;
  return { name: nameOf(user), may: users === "all" ? PERMISSIONS : [] };
}

const LONGEST_NAME = 200;

function nameOf(user: unknown): string {
  const { username, email, id } = user as { username?: unknown; email?: unknown; id?: unknown };
  const name = typeof user === "string" ? user : String(username ?? email ?? id ?? "user");
  return name.replace(/\p{Cc}/gu, " ").slice(0, LONGEST_NAME) || "user";
}

import { type Actor, authorizeBearer } from "../../http/auth.ts";

/**
 * Whoever the app has signed in, by whatever way it does that, as long as `locals.user` is there; else who
 * sends the token. `token` is what the environment has, of whatever type.
 */
export async function authorizeUser(request: Request, locals: object, token: unknown): Promise<Actor | null> {
  const user: unknown = (locals as { user?: unknown }).user;
  if (user) return { via: "cookie", name: nameOf(user) };
  return authorizeBearer(request, typeof token === "string" ? token : null);
}

function nameOf(user: unknown): string {
  if (typeof user === "string") return user;
  const { username, email, id } = user as { username?: unknown; email?: unknown; id?: unknown };
  return String(username ?? email ?? id ?? "user");
}

import type { AstroCookies } from "astro";
import type { User } from "./accounts.ts";
import { first, run } from "./database.ts";
import { hashToken, newToken } from "./secrets.js";

const COOKIE = "pulse_session";
const LIFETIME_SECONDS = 14 * 86_400;

/** Signs the user in with this browser, with a token that no one has seen before. */
export async function startSession(cookies: AstroCookies, url: URL, user: User): Promise<void> {
  const token = newToken();
  await run("DELETE FROM sessions WHERE expires_at < unixepoch()");
  await run(
    "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES (?1, ?2, unixepoch(), unixepoch() + ?3)",
    await hashToken(token),
    user.id,
    LIFETIME_SECONDS,
  );
  cookies.set(COOKIE, token, {
    path: import.meta.env.BASE_URL,
    httpOnly: true,
    sameSite: "lax",
    secure: url.protocol === "https:",
    maxAge: LIFETIME_SECONDS,
  });
}

/** Who the browser's cookie belongs to, or null. */
export async function readSession(cookies: AstroCookies): Promise<User | null> {
  const token = cookies.get(COOKIE)?.value;
  if (!token) return null;
  return first<User>(
    `SELECT u.id, u.username, u.email, u.role FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.token_hash = ?1 AND s.expires_at > unixepoch()`,
    await hashToken(token),
  );
}

export async function endSession(cookies: AstroCookies): Promise<void> {
  const token = cookies.get(COOKIE)?.value;
  if (token) await run("DELETE FROM sessions WHERE token_hash = ?1", await hashToken(token));
  cookies.delete(COOKIE, { path: import.meta.env.BASE_URL });
}

import { all, first, run } from "./database.ts";
import { checkPassword, hashPassword } from "./secrets.js";

export interface User {
  id: number;
  username: string;
  email: string;
  /** An editor may use the sync API: see ferry-users.ts. */
  role: "reader" | "editor";
}

/** Who `astro dev` signs in on localhost. No such user is in the database. */
export const DEVELOPER: User = { id: 0, username: "developer", email: "developer@localhost", role: "editor" };

/** Of no password: checked when there is no such user, so that the answer takes as long as for one. */
const NOBODY = `pbkdf2-sha256$100000$${"00".repeat(16)}$${"00".repeat(32)}`;

/** The user with this name or e-mail address and this password, or null. */
export async function authenticate(name: string, password: string): Promise<User | null> {
  const found = await first<User & { password_hash: string }>(
    "SELECT id, username, email, role, password_hash FROM users WHERE username = ?1 OR email = ?1",
    name,
  );
  const matches = await checkPassword(password, found?.password_hash ?? NOBODY);
  if (found === null || !matches) return null;
  return { id: found.id, username: found.username, email: found.email, role: found.role };
}

export async function hasUsers(): Promise<boolean> {
  return (await all("SELECT 1 FROM users LIMIT 1")).length > 0;
}

/** Adds the first account, an editor's; does nothing when there is one by now. */
export async function createFirstUser(username: string, email: string, password: string): Promise<void> {
  await run(
    `INSERT INTO users (username, email, password_hash, role, created_at)
     SELECT ?1, ?2, ?3, 'editor', unixepoch() WHERE NOT EXISTS (SELECT 1 FROM users)`,
    username,
    email,
    await hashPassword(password),
  );
}

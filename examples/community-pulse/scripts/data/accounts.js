import { hashPassword, hashToken } from "../../src/lib/secrets.js";
import { FIRST_DAY } from "./content.js";

/** The account that a seeded database has. For a machine of your own only. */
export const DEMO_USER = { username: "demo", email: "demo@pulse.example", password: "community-pulse" };

/** A user and two sessions that have long run out: rows that a sync leaves where they are. */
export async function makeAccounts() {
  const { username, email, password } = DEMO_USER;
  const salt = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(email))).slice(
    0,
    16,
  );
  const users = [
    {
      id: 1,
      username,
      email,
      password_hash: await hashPassword(password, salt),
      role: "editor",
      created_at: FIRST_DAY,
    },
  ];
  const sessions = await Promise.all(
    ["laptop", "phone"].map(async (device) => ({
      token_hash: await hashToken(`expired session of ${username} on a ${device}`),
      user_id: 1,
      created_at: FIRST_DAY,
      expires_at: FIRST_DAY + 30 * 86_400,
    })),
  );
  return [
    { table: "users", rows: users },
    { table: "sessions", rows: sessions },
  ];
}

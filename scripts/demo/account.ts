import { randomBytes } from "node:crypto";

export interface Account {
  username: string;
  password: string;
}

/** Makes the app's first account the way its owner does after a deploy: with the form at /setup. */
export async function createFirstAccount(url: string, token: string): Promise<Account> {
  const account = { username: "demo", password: randomBytes(9).toString("base64url") };
  await submit(`${url}/setup`, { token, email: "demo@pulse.example", ...account });
  return account;
}

/** The Cookie header of a browser that has logged in with the form at /login. */
export async function logIn(url: string, account: Account): Promise<string> {
  const response = await submit(`${url}/login`, { ...account });
  const [cookie = ""] = response.headers.getSetCookie();
  return cookie.split(";")[0] ?? "";
}

/** Sends a form as a browser does: it answers with a redirect when it is satisfied. */
async function submit(address: string, fields: Record<string, string>): Promise<Response> {
  const response = await fetch(address, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: new URL(address).origin },
    body: new URLSearchParams(fields),
  });
  await response.body?.cancel();
  if (response.status !== 303) throw new Error(`The form at ${address} answered ${response.status}`);
  return response;
}

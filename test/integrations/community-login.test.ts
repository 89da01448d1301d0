import { describe, expect, it } from "vitest";
import { PERMISSIONS } from "../../src/grants.ts";
import { readGrant } from "../../src/http/auth.ts";
import { authorizeUser, type FerryUsers } from "../../src/integrations/astro/authorize.ts";

/** The app's own modules, which its own compiler settings describe. */
const load = (path: string) =>
  import(new URL(`../../examples/community-pulse/src/lib/${path}`, import.meta.url).href);

describe("where the login leads", async () => {
  const { safeNext } = (await load("links.ts")) as { safeNext(wanted: string | null, here: URL): string };
  const here = new URL("https://app.example/login");

  it.each(["/", "/admin", "/items?platform=forum&page=2", "/items/7"])(
    "is %s when that was asked for",
    (path) => {
      expect(safeNext(path, here)).toBe(path);
    },
  );

  it.each([
    null,
    "",
    "admin",
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "javascript:alert(1)",
    "//",
  ])("is the home page instead of %j", (wanted) => {
    expect(safeNext(wanted, here)).toBe("/");
  });
});

describe("a password", async () => {
  interface Secrets {
    hashPassword(password: string): Promise<string>;
    checkPassword(password: string, stored: string): Promise<boolean>;
    newToken(): string;
    hashToken(token: string): Promise<string>;
    isSameSecret(one: string, other: string): Promise<boolean>;
  }
  const { checkPassword, hashPassword, hashToken, isSameSecret, newToken } = (await load(
    "secrets.js",
  )) as Secrets;

  it("is kept salted: the same one never looks the same", async () => {
    const [one, other] = [await hashPassword("pässwörd 🔑"), await hashPassword("pässwörd 🔑")];
    expect(one).not.toBe(other);
    expect(await checkPassword("pässwörd 🔑", one)).toBe(true);
    expect(await checkPassword("pässwörd 🔑", other)).toBe(true);
    expect(await checkPassword("passwort", one)).toBe(false);
  });

  it.each(["", "plain", "bcrypt$10$aa$bb", "pbkdf2-sha256$100000$00$"])(
    "never matches %j",
    async (stored) => {
      expect(await checkPassword("", stored)).toBe(false);
      expect(await checkPassword("plain", stored)).toBe(false);
    },
  );

  it("is not what a session's token is, which is kept as its digest", async () => {
    const token = newToken();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(newToken()).not.toBe(token);
    expect(await hashToken(token)).not.toContain(token);
    expect(await isSameSecret(token, token)).toBe(true);
    expect(await isSameSecret(token, `${token}0`)).toBe(false);
  });
});

describe("the sync API of the app", async () => {
  const { default: users } = (await load("../ferry-users.ts")) as { default: FerryUsers };
  const { DEVELOPER } = (await load("accounts.ts").catch(() => ({}))) as { DEVELOPER?: object };
  const request = new Request("https://app.example/api/admin/r2-sync");
  const grantOf = (user: object | null) => authorizeUser(request, { user }, users);

  it("is for editors, who may do everything, and for no other user", async () => {
    const ada = { id: 1, username: "ada", email: "ada@example.com" };
    const editor = await grantOf({ ...ada, role: "editor" });
    expect(readGrant(editor)).toEqual({ name: "ada", may: PERMISSIONS });
    for (const role of ["reader", "", undefined]) {
      expect(await grantOf({ ...ada, role })).toEqual({ name: "ada", may: [] });
    }
    expect(await grantOf(null)).toBeNull();
    if (DEVELOPER !== undefined) expect(await grantOf(DEVELOPER)).toMatchObject({ may: PERMISSIONS });
  });
});

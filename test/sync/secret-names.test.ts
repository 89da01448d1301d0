import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reasonToLeaveOut } from "../../src/sync/schema/left-out.ts";
import { wordsOf } from "../../src/sync/schema/name-words.ts";
import { PUBLIC_SCHEMAS, type PublicSchema } from "./public/schemas.ts";

function reasonFor(name: string, ...columns: string[]): string | null {
  const shape = { type: "", notNull: false, default: null, primaryKey: 0, generated: null };
  return reasonToLeaveOut({ name, columns: columns.map((column) => ({ name: column, ...shape })) });
}

describe("A name is taken apart", () => {
  test.each([
    ["userAPIKey", ["user", "api", "key"]],
    ["USER-API KEYS", ["user", "api", "key"]],
    ["user.api_key", ["user", "api", "key"]],
    ["ACCESSTOKEN", ["access", "token"]],
    ["hashedpasswords", ["hashed", "password"]],
    ["oauth2AccessToken", ["oauth", "access", "token"]],
    ["Contraseñas", ["contrasena"]],
    ["secretary", ["secretary"]],
    ["tokenizer", ["tokenizer"]],
    ["compass", ["compass"]],
  ])("%s", (name, words) => {
    expect(wordsOf(name)).toEqual(words);
  });
});

test("A name that is long says at its ends what it holds", () => {
  const long = "ab".repeat(5_000);
  expect(reasonFor("things", "id", `${long}_password`)).toMatch(/^holds credentials/);
  expect(reasonFor("things", "id", `has_${long}_password`)).toBeNull();
  expect(reasonFor(`${long}Sessions`, "id")).not.toBeNull();
});

describe("A column that is left out with its table", () => {
  const names = [
    "passwordHash password_hash hashedPassword PasswordDigest encrypted_password passwd user_pass passphrase",
    "accessToken access_token ACCESS_TOKEN access-token accesstoken refreshToken id_token token resetPasswordToken",
    "clientSecret client_secret clientsecret twoFactorSecret two_factor_secret otp_secret secret secret_key tokenSecret",
    "private_key privateKey PRIVATEKEY privkey_encrypted_private_key apiKey api_key APIKey apikey signingKey encryption_key",
    "backupCodes recovery_codes two_factor_recovery_codes otp_code code_verifier seedPhrase securityAnswer token_hash",
    "encryptedTokenIv new_password password_salt hashed_refresh_tokens kennwort contraseña",
  ].flatMap((line) => line.split(" "));
  test.each(names)("%s", (column) => {
    expect(reasonFor("things", "id", column)).toBe(`holds credentials (${column})`);
  });

  test("is also the secret of webhooks, and hash with salt", () => {
    expect(reasonFor("webhooks", "id", "url", "secret")).toBe("holds credentials (secret)");
    expect(reasonFor("people", "id", "salt", "hash")).toBe("holds credentials (hash)");
  });
});

test.each(
  "user_passkeys userPasskeys userSessions USERSESSIONS user-sessions passkey api_keys apiKeys ApiKey two_factor_secrets recovery_codes webauthn_credentials password_resets passwordResets magicLinks magic_links VerificationToken refreshTokens".split(
    " ",
  ),
)("The table %s is left out", (name) => {
  expect(reasonFor(name, "id")).not.toBeNull();
});

describe("No secret, and no reason to leave a table out", () => {
  const columns = [
    "token_count tokens prompt_tokens total_tokens max_tokens token_type token_expires_at token_id secret_santa",
    "password_changed_at passwordResetAt password_policy has_password is_secret require_password session_duration",
    "session_id author_key primary_key foreign_key public_key sort_key cache_key api_version key code zip_code",
    "country_code currency_code hash salt content_hash verified verification_status next_page_token boarding_pass",
    "secretary tokenizer keyword passenger compass pin_code description access_level private auth_provider",
  ].flatMap((line) => line.split(" "));
  test.each(columns)("the column %s", (column) => {
    expect(reasonFor("things", "id", column)).toBeNull();
  });

  test.each(
    "posts training_sessions workshopSessions game_sessions design_tokens keys translation_keys secretaries keywords currency_codes passengers".split(
      " ",
    ),
  )("the table %s", (table) => {
    expect(reasonFor(table, "id", "name")).toBeNull();
  });

  test("a column that holds yes or no, or a time", () => {
    const shape = { notNull: false, default: null, primaryKey: 0, generated: null };
    for (const type of ["BOOLEAN", "timestamp"]) {
      expect(
        reasonToLeaveOut({ name: "things", columns: [{ name: "password", type, ...shape }] }),
      ).toBeNull();
    }
  });
});

function measure({ tables, secret }: PublicSchema) {
  const secrets = new Set(secret.split(" "));
  const all = tables
    .trim()
    .split(/\n\s*/)
    .map((line) => line.split(": "));
  const left = all.filter(([name = "", columns = ""]) => reasonFor(name, ...columns.split(" ")) !== null);
  const names = left.map(([name = ""]) => name);
  return {
    tables: all.length,
    secret: secrets.size,
    missed: [...secrets].filter((name) => !names.includes(name)),
    alarms: names.filter((name) => !secrets.has(name)),
  };
}

const list = (text = "") => (text === "" ? [] : text.split(" "));

describe("Of the tables of public apps, what is left out is as docs/left-out.md says", () => {
  const docs = readFileSync(new URL("../../docs/left-out.md", import.meta.url), "utf8");
  test.each(PUBLIC_SCHEMAS)("$app", (schema) => {
    const { tables, secret, missed, alarms } = measure(schema);
    expect({ missed, alarms }).toEqual({ missed: list(schema.missed), alarms: list(schema.alarms) });
    const code = (names: string[]) => names.map((name) => `\`${name}\``).join(", ") || "–";
    expect(docs).toContain(
      `| ${schema.app} | ${tables} | ${secret} | ${secret - missed.length} | ${code(missed)} | ${code(alarms)} |`,
    );
  });
});

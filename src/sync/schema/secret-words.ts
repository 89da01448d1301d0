/*
 * The words by which a secret is known, in the singular. docs/left-out.md explains them and lists what they
 * miss; a word more here wants a line in test/sync/secret-names.test.ts.
 */
const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

/** Whatever ends in one of these is a secret. */
export const SECRETS = words(`
  password passwd passphrase passcode pwd passwort kennwort contrasena senha wachtwoord motdepasse
  secret credential passkey otp totp hotp jwt mnemonic cvv
`);

/** What ends in "token" is a secret, but for these before it: places in a list, money, text, design. */
export const PLAIN_TOKENS = words(`
  page cursor continuation sync lexer syntax design crypto erc nft prompt completion input output total max
  min cached reasoning context
`);

/** A "key" is a secret behind one of these. */
export const SECRET_KEYS = words(`
  api private secret access signing signature encryption decryption encrypted master recovery activation
  service hmac jwt shared stream webhook consumer license auth vapid ssl tls wallet
`);

/** A "code" is a secret behind one of these. */
export const SECRET_CODES = words(`
  backup recovery verification verify auth authorization authentication login activation reset magic scratch
  device access otp mfa factor security
`);

/** Pairs of words that name a secret by their end. */
export const SECRET_PAIRS = words(`
  code-verifier seed-phrase security-answer magic-link user-pass db-pass smtp-pass mail-pass ftp-pass
  admin-pass login-pass session-data session-cookie auth-cookie auth-hash scratch-hash pin-hash key-hash code-hash
  connection-string password-reset password-recovery
`);

/** Words that say how a secret is kept, not what it is: "password_hash", "encrypted_token_iv", "new_password". */
export const FORMS = words(`
  hash hashed digest salt encrypted encryption enc cipher ciphertext iv value plain plaintext raw encoded
  hex sha bcrypt argon scrypt new old current previous temp temporary default text data json
`);

/** A column that begins so says something about a secret, and is none. */
export const QUESTIONS = words(
  "is has had can may must should need require requires required allow show use enable",
);

/** Tables that end in one of these hold logins. */
export const LOGIN_TABLES = words(
  "session token verification authenticator passkey credential secret password",
);

/** What people do in sessions that are not logins. */
export const ACTIVITIES = words(`
  training workshop study game gaming chat class course conference therapy yoga workout practice coaching
  tutoring recording play work listening reading parking charging event exam quiz meeting photo mentoring speaker
`);

/** Words that stand beside those, by which names without separators are taken apart. */
const COMPANIONS = words(`
  user account client app admin customer member refresh bearer session token key code hash api private public
  access auth oauth reset email remember confirmation invitation invite csrf xsrf id device push personal webhook
  backup recovery two factor mfa magic link passwordless verification authenticator web authn webauthn jwk pass smtp mail db
`);

export const VOCABULARY: ReadonlySet<string> = new Set([
  ...SECRETS,
  ...COMPANIONS,
  ...SECRET_KEYS,
  ...SECRET_CODES,
  "hashed",
  "encrypted",
  "salt",
  "digest",
]);

/**
 * Passwords and tokens as they are kept: PBKDF2 for what people choose, plain SHA-256 for what chance chose.
 * Web standards only, so that the seed script and the Worker share it.
 */

/** As many rounds as a Worker allows. */
const ROUNDS = 100_000;
const SCHEME = "pbkdf2-sha256";

const encoder = new TextEncoder();

async function derive(password, salt, rounds) {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds },
    key,
    256,
  );
  return new Uint8Array(bits);
}

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Takes equally long wherever two texts of one length differ. */
function isSame(one, other) {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i += 1) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

/** `pbkdf2-sha256$rounds$salt$hash`, salt and hash in hex. */
export async function hashPassword(password, salt = crypto.getRandomValues(new Uint8Array(16))) {
  return [SCHEME, ROUNDS, toHex(salt), toHex(await derive(password, salt, ROUNDS))].join("$");
}

/** False for a wrong password and for a hash of a form that is not ours. */
export async function checkPassword(password, stored) {
  const [scheme, rounds, salt, hash] = stored.split("$");
  if (scheme !== SCHEME || !hash) return false;
  return isSame(toHex(await derive(password, fromHex(salt), Number(rounds))), hash);
}

/** A session's token: 256 bits, in hex. */
export const newToken = () => toHex(crypto.getRandomValues(new Uint8Array(32)));

/** What the database keeps of a token: whoever reads the table cannot log in with it. */
export async function hashToken(token) {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(token))));
}

/** Compares secrets by their digests, which have one length. */
export async function isSameSecret(one, other) {
  return isSame(await hashToken(one), await hashToken(other));
}

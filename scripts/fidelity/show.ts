import type { StoredCell } from "./observe.ts";

const LONGEST = 24;

/** A value for a cell of the table: short, and nothing in it that Markdown takes for its own. */
export function show({ type, value }: StoredCell): string {
  if (type === "null") return "NULL";
  if (type === "integer") return code(String(value));
  if (type === "real") return code(showReal(value));
  if (type === "blob") return code(showBytes(value));
  const text = Buffer.from(value).toString();
  return Buffer.compare(Buffer.from(text), value) === 0 ? showText(text) : code(showBytes(value));
}

export function showText(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const safe = JSON.stringify(cut).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
  return code(safe) + (text.length > LONGEST ? ` of ${text.length} characters` : "");
}

/** A message, on one line. */
export function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[|<>*_`[\]\\]/g, (sign) => `\\${sign}`);
}

function showReal(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function showBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, 12)).toString("hex");
  return bytes.length > 12 ? `x'${hex}…' of ${bytes.length} bytes` : `x'${hex}'`;
}

function code(text: string): string {
  const safe = text.replaceAll("|", "\\|");
  return safe.includes("`") ? `\`\` ${safe} \`\`` : `\`${safe}\``;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

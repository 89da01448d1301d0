import { parse } from "smol-toml";
import { type Addition, saysTheSame, withAdditions } from "./additions.ts";
import { insertInto } from "./insertions.ts";
import { indentOf, lineEndingAt, withoutMark } from "./text-style.ts";

/** The table that the text says. Throws an Error that says where it is none. */
export function readToml(text: string): Record<string, unknown> {
  try {
    return parse(withoutMark(text), { integersAsBigInt: "asNeeded" });
  } catch (error) {
    const [line = ""] = (error as Error).message.split("\n");
    throw new Error(line.replace(/^Invalid TOML document: /, ""));
  }
}

/**
 * The text with an addition in it. Each place where it could stand is tried; the one that is taken makes the file say
 * what it said, and the addition. Null where there is none, such as for a list that is written as one line.
 */
export function addToToml(text: string, addition: Addition): string | null {
  const wanted = withAdditions(readToml(text), [addition]);
  for (const { at, added } of placesFor(text, addition)) {
    const result = insertInto(text, [{ at, text: added }]);
    if (says(result, wanted)) return result;
  }
  return null;
}

function says(text: string, wanted: Record<string, unknown>): boolean {
  try {
    return saysTheSame(readToml(text), wanted);
  } catch {
    return false;
  }
}

interface Place {
  at: number;
  added: string;
}

function placesFor(text: string, addition: Addition): Place[] {
  if (addition.kind === "binding") return [atTheEnd(text, addition)];
  const value = JSON.stringify(addition.value);
  if (addition.kind === "setting") return settingPlaces(text, `${addition.key} = ${value}`);
  return [...listPlaces(text, addition.key, value), ...settingPlaces(text, `${addition.key} = [${value}]`)];
}

/** Behind the settings that every wrangler file begins with, else at the very beginning. */
function settingPlaces(text: string, line: string): Place[] {
  const places = ["compatibility_date", "main", "name"].flatMap((key) =>
    [...text.matchAll(new RegExp(`^[\\t ]*${key}[\\t ]*=[^\\r\\n]*`, "gm"))].map(({ index, 0: found }) => {
      const at = index + found.length;
      return { at, added: `${lineEndingAt(text, at)}${indentOf(text, at)}${line}` };
    }),
  );
  const start = text.startsWith("\ufeff") ? 1 : 0;
  return [...places, { at: start, added: line + lineEndingAt(text, start) }];
}

/** At the front of a list that is there. */
function listPlaces(text: string, key: string, value: string): Place[] {
  const lists = text.matchAll(new RegExp(`^[\\t ]*${key}[\\t ]*=[\\t ]*\\[`, "gm"));
  return [...lists].flatMap(({ index, 0: found }) => {
    const at = index + found.length;
    const rest = text.slice(at);
    if (/^\s*\]/.test(rest)) return [{ at, added: value }];
    const [, ownLine] = /^[\t ]*\r?\n([\t ]*)(?=\S)/.exec(rest) ?? [];
    if (ownLine === undefined) return [{ at, added: `${value}, ` }];
    return [{ at, added: `${lineEndingAt(text, text.indexOf("\n", at) + 1)}${ownLine}${value},` }];
  });
}

function atTheEnd(text: string, { key, value, remarks = {} }: Addition & { kind: "binding" }): Place {
  const lineEnding = lineEndingAt(text, text.length);
  const lines = Object.entries(value).map(([name, one]) => {
    const remark = remarks[name] === undefined ? "" : ` # ${remarks[name]}`;
    return `${name} = ${JSON.stringify(one)}${remark}`;
  });
  const open = text === "" || /\n$/.test(text) ? "" : lineEnding;
  const gap = text.trim() === "" ? "" : lineEnding;
  return {
    at: text.length,
    added: open + gap + [`[[${key}]]`, ...lines].map((line) => line + lineEnding).join(""),
  };
}

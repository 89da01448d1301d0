import { bytesToBase64 } from "../../archive/cells.ts";
import type { Cell } from "../../archive/types.ts";
import type { Bytes } from "../../bytes.ts";
import type { Database } from "../../database/port.ts";
import { CELLS } from "../run/index.ts";
import type { StagedCell } from "../stage/index.ts";

/** A cell that is staged by itself. */
export interface LongReference {
  id: string;
  is: "text" | "blob";
}

/** The cell of a staged one; undefined where the row has none. */
export function plannedCell(staged: StagedCell): Cell | LongReference | undefined {
  if (!Array.isArray(staged)) return staged;
  const [code, text] = staged;
  switch (code) {
    case "i":
      return { $int: text };
    case "r":
      return { $real: text };
    case "p":
      return { $real: "Infinity" };
    case "m":
      return { $real: "-Infinity" };
    case "z":
      return { $real: "-0" };
    case "x":
      return { $blob: bytesToBase64(fromHex(text)) };
    case "t":
      return { $text: bytesToBase64(fromHex(text)) };
    case "c":
      return { id: text, is: "text" };
    case "d":
      return { id: text, is: "blob" };
    case "a":
      return undefined;
  }
}

export function isLong(cell: Cell | LongReference | undefined): cell is LongReference {
  return typeof cell === "object" && cell !== null && "id" in cell;
}

export function fromHex(text: string): Bytes {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

export interface LongCells {
  /** Undefined where nobody has staged it. */
  cell(id: string): Cell | undefined;
  bytes: number;
}

/** The cells of a run that are staged by themselves, of these; one statement, none for none. */
export async function readLongCells(
  database: Database,
  run: string,
  references: readonly LongReference[],
): Promise<LongCells> {
  const pieces = new Map(references.map(({ id }) => [id, [] as (string | Bytes)[]]));
  if (references.length > 0) {
    // An engine may cut texts off at a NUL: those come as bytes.
    const rows = await database.query({
      sql: `SELECT id, CASE WHEN typeof(value) = 'text' AND instr(value, char(0)) = 0 THEN value ELSE CAST(value AS BLOB) END
        FROM ${CELLS} WHERE run = ?1 AND id IN (SELECT value FROM json_each(?2)) ORDER BY id, piece`,
      params: [run, JSON.stringify([...pieces.keys()])],
    });
    for (const [id, value] of rows as [string, string | Bytes][]) pieces.get(id)?.push(value);
  }
  const cells = new Map(references.map(({ id, is }) => [id, joined(pieces.get(id) ?? [], is)]));
  const bytes = [...pieces.values()].flat().reduce((sum, { length }) => sum + length, 0);
  return { cell: (id) => cells.get(id), bytes };
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function joined(pieces: readonly (string | Bytes)[], is: LongReference["is"]): Cell {
  if (pieces.every((piece) => typeof piece === "string") && is === "text") return pieces.join("");
  const encoded = pieces.map((piece) =>
    typeof piece === "string" ? new TextEncoder().encode(piece) : piece,
  );
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of encoded) {
    bytes.set(piece, at);
    at += piece.length;
  }
  if (is === "blob") return { $blob: bytesToBase64(bytes) };
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return { $text: bytesToBase64(bytes) };
  }
}

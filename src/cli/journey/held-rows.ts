import type { RowDifference } from "../../diff/index.ts";
import type { KeyedLine } from "../../sync/export/index.ts";
import { tooMuchDiffers } from "../bases/edit-conflict.ts";
import { SendsEverything } from "./sends-everything.ts";

/** Bytes of differing rows that are held until they are sent. */
const HELD_BYTES = 128_000_000;

/** What rows become that are sent. */
export class HeldRows {
  readonly rows = new Map<string, KeyedLine[]>();
  rowCount = 0;
  #bytes = 0;

  add({ table, key, left, right }: RowDifference, result: string | null): void {
    this.rowCount++;
    const own = this.rows.get(table) ?? [];
    own.push(result === null ? { gone: key } : { key, line: result });
    this.rows.set(table, own);
    this.#bytes += (result ?? JSON.stringify(key)).length + (left?.length ?? 0) + (right?.length ?? 0);
  }

  addBytes(bytes: number, isKnown: boolean): void {
    this.#bytes += bytes;
    this.requireRoom(isKnown);
  }

  requireRoom(isKnown: boolean): void {
    if (this.#bytes <= HELD_BYTES) return;
    throw isKnown ? tooMuchDiffers() : new SendsEverything("more differs than is held at once");
  }
}

import type { ByteSource } from "../../../../src/archive/types.ts";
import type { Database } from "../../../../src/database/port.ts";

/** Where interleavings run. There is one target at a time: the one before it may be gone. */
export interface GapsGround {
  name: string;
  /** A database with the app's tables, and what these statements put in. */
  target(rows: readonly string[]): Promise<Database>;
  /** Keeps the target's content, our tables' too. */
  save(): Promise<unknown>;
  restore(saved: unknown): Promise<Database>;
  /** The archive of a database with these rows. */
  archive(rows: readonly string[], tables: readonly string[]): Promise<ByteSource>;
}

import { expect } from "vitest";
import type { Bytes } from "../../src/bytes.ts";
import { type FileSide, fileSide } from "../property/file-side.ts";
import type { Look } from "../property/look.ts";
import type { ImportOptions } from "../property/side.ts";
import { countTried } from "../support/figures.ts";
import { TARGET } from "./subject.ts";

/** What no file may ever come to. */
const NEVER = ["INTERNAL", "DATABASE_ERROR", "BUCKET_ERROR"];
/** Longer than any of these files takes on a busy machine, milliseconds. */
const PATIENCE = 60_000;

export interface Verdict {
  code: string;
  /** The rows were written, verified or not. */
  stands: boolean;
  after: Look;
}

export interface Judge {
  /** Syncs a file into the target; fails the test for a crash, a hang, or a refusal that changed anything. */
  judge(file: Bytes, options?: ImportOptions): Promise<Verdict>;
  side: FileSide;
}

export async function createJudge(): Promise<Judge> {
  const side = fileSide();
  await side.fill(TARGET);
  const before = await side.look();
  return {
    side,
    async judge(file, options = {}) {
      countTried("altered documents");
      await side.fill(TARGET);
      const outcome = await within(PATIENCE, side.import(file, options));
      const after = await side.look();
      if (outcome.status === "completed") return { code: "completed", stands: true, after };
      if (outcome.code === null || NEVER.includes(outcome.code))
        throw new Error(`A crash: ${outcome.code} ${outcome.message}`);
      // Written and told as not verified: for the caller to judge.
      const stands = outcome.code === "VERIFICATION_FAILED" && !/rolled back/.test(outcome.message);
      if (stands) return { code: outcome.code, stands, after };
      expect(after, `refused with ${outcome.code}, and changed`).toEqual(before);
      return { code: outcome.code, stands, after };
    },
  };
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`A hang: not done within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

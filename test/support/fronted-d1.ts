import type { D1Like } from "../../src/database/d1.ts";

/** What a platform that puts a binding of its own in front of D1 may not let through. */
export const FRONTS = {
  "a PRAGMA": {
    refuses: (batch: readonly string[]) => batch.some((sql) => /^\s*PRAGMA\b/i.test(sql)),
    words: "PRAGMA statements are not available on this platform",
  },
  "a statement that makes something": {
    refuses: (batch: readonly string[]) => batch.some((sql) => /^\s*CREATE\b/i.test(sql)),
    words: "Forbidden: CREATE",
  },
  "a batch of more than four": {
    refuses: (batch: readonly string[]) => batch.length > 4,
    words: "Batch is too large",
  },
  "a reserved word": {
    refuses: (batch: readonly string[]) => batch.some((sql) => /\bDROP\b/i.test(sql)),
    words: 'The word "drop" is reserved',
  },
  "a statement, without a word of why": {
    refuses: (batch: readonly string[]) => batch.some((sql) => /^\s*INSERT OR ABORT INTO "posts"/i.test(sql)),
    words: "403",
  },
} as const;

export type Front = keyof typeof FRONTS;

export interface FrontedD1 {
  binding: D1Like;
  /** Lets everything through from now on. */
  permit(): void;
}

/** A D1 behind a binding that refuses one kind of statement. */
export function frontedD1(inner: D1Like, front: Front): FrontedD1 {
  const { refuses, words } = FRONTS[front];
  const texts = new WeakMap<object, string>();
  const originals = new WeakMap<object, ReturnType<D1Like["prepare"]>>();
  let permitted = false;
  const check = (batch: readonly string[]) => {
    if (!permitted && refuses(batch)) throw new Error(words);
  };
  const wrap = (sql: string, statement: ReturnType<D1Like["prepare"]>): ReturnType<D1Like["prepare"]> => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(sql, statement.bind(...values)),
      async raw() {
        check([sql]);
        return statement.raw();
      },
    };
    texts.set(wrapped, sql);
    originals.set(wrapped, statement);
    return wrapped;
  };
  return {
    binding: {
      prepare: (sql) => wrap(sql, inner.prepare(sql)),
      async batch(statements: object[]) {
        check(statements.map((one) => texts.get(one) ?? ""));
        return inner.batch(statements.map((one) => originals.get(one)));
      },
    },
    permit() {
      permitted = true;
    },
  };
}

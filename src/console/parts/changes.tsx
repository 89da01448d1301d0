import { count } from "../../numbers.ts";

export interface Changes {
  inserted: number;
  updated: number;
  deleted: number;
}

const KINDS = [
  { of: "inserted", sign: "+", name: "plus" },
  { of: "updated", sign: "~", name: "tilde" },
  { of: "deleted", sign: "−", name: "minus" },
] as const;

/** Such as "+ 700 ~ 12 − 3": what is none recedes. */
export function ChangesText({ changes }: { changes: Changes }) {
  return (
    <span class="changes">
      {KINDS.map(({ of, sign, name }) => (
        <span class={changes[of] === 0 ? "none" : name}>
          <span aria-hidden="true">{sign}</span>
          <span class="unseen">{of}</span> {count(changes[of])}
        </span>
      ))}
    </span>
  );
}

const WIDTH = 96;

/** Three bars one after the other, as wide as `most` rows would be: by the root, so that few rows can be seen beside many. */
export function ChangesBar({ changes, most }: { changes: Changes; most: number }) {
  const total = changes.inserted + changes.updated + changes.deleted;
  const whole = most === 0 ? 0 : Math.sqrt(total / most) * WIDTH;
  let left = 0;
  return (
    <svg class="bar" viewBox={`0 0 ${WIDTH} 8`} aria-hidden="true" focusable="false">
      {KINDS.map(({ of, name }) => {
        if (changes[of] === 0) return null;
        const width = Math.max(2, (whole * changes[of]) / total);
        const rect = (
          <rect class={name} x={left.toFixed(1)} y="0" width={width.toFixed(1)} height="8" rx="1" />
        );
        left += width + 1;
        return rect;
      })}
    </svg>
  );
}

export function addUp(tables: Readonly<Record<string, Changes>> | null): Changes {
  const sum: Changes = { inserted: 0, updated: 0, deleted: 0 };
  for (const one of Object.values(tables ?? {})) {
    for (const { of } of KINDS) sum[of] += one[of];
  }
  return sum;
}

import { type Arbitrary, array, constantFrom, nat, tuple } from "fast-check";

/** What an enemy puts where something else should stand. `undefined` takes the member away. */
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  0.5,
  2 ** 53,
  1e300,
  -1e300,
  "",
  "0",
  "text\nwith \u001b[2J lines",
  "../../../etc/passwd",
  "sync-1\r\nx: y",
  "x".repeat(100_000),
  [],
  {},
  [[]],
  { toString: 1, valueOf: 1 },
  { __proto__: null, constructor: { name: 1 } },
  [null, -1, { size: -1 }],
  "processing",
  "completed",
  "failed",
];

/** A few places, each with what comes there instead. */
export type Mutations = readonly (readonly [place: number, value: unknown])[];

export function mutations(most = 3): Arbitrary<Mutations> {
  return array(tuple(nat(200), constantFrom(...HOSTILE)), { maxLength: most });
}

/** A copy with other values at these places. */
export function mutated(value: unknown, changes: Mutations): unknown {
  const copy = { root: structuredClone(value) };
  for (const [place, instead] of changes) {
    const places = placesIn(copy);
    const chosen = places[place % places.length];
    if (chosen === undefined) continue;
    const { holder, name } = chosen;
    if (instead === undefined) Reflect.deleteProperty(holder, name);
    else Reflect.set(holder, name, instead);
  }
  return copy.root ?? null;
}

function placesIn(holder: object): { holder: object; name: string }[] {
  return Object.entries(holder).flatMap(([name, value]) => [
    { holder, name },
    ...(typeof value === "object" && value !== null ? placesIn(value) : []),
  ]);
}

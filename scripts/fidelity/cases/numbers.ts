import { type Case, values } from "../case.ts";

const INTEGERS = [
  0n,
  -1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  1234567890123456789n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const ANYWHERE = { untyped: "", integer: "INTEGER" };

export const numbers: readonly Case[] = [
  values("integers", "64-bit integers", ANYWHERE, INTEGERS),
  values(
    "integers_strict",
    "64-bit integers in STRICT columns",
    { i: "INTEGER", a: "ANY" },
    INTEGERS,
    "STRICT",
  ),
  {
    id: "integer-keys",
    feature: "64-bit integers as keys, negative ones too",
    sql: `CREATE TABLE integer_keys (id INTEGER PRIMARY KEY, v);
      INSERT INTO integer_keys VALUES (-9223372036854775808, 1), (-1, 2), (0, 3), (9007199254740993, 4), (9223372036854775807, 5)`,
  },
  values("reals_untyped", "REAL 1.0 in an untyped column", { v: "" }, [1, 0, -3, 1e15, 2 ** 53, 1e20]),
  values("reals_any", "REAL 1.0 in an ANY column", { v: "ANY" }, [1, 0, -3, 1e15, 2 ** 53, 1e20], "STRICT"),
  values("reals_blob", "REAL 1.0 in a BLOB column", { v: "BLOB" }, [1, 0, -3, 1e15, 2 ** 53, 1e20]),
  values("reals_real", "REAL 1.0 in a REAL column", { v: "REAL" }, [1, 0, -3, 1e15, 2 ** 53, 1e20]),
  values("reals_integer", "reals that an INTEGER column keeps", { v: "INTEGER" }, [1.5, 1e19, -1e20, 1e300]),
  values("reals_numeric", "reals that a NUMERIC column keeps", { v: "NUMERIC" }, [1.5, 0.1, 1e19, 1e300]),
  values("doubles", "doubles of 17 digits", { v: "", r: "REAL" }, [
    0.1 + 0.2,
    1 / 3,
    123456789.12345679,
    5e-7,
  ]),
  values("doubles_random", "500 random bit patterns of a double", { v: "", r: "REAL" }, randomDoubles(500)),
  values("doubles_extreme", "the largest and the smallest doubles", { v: "", r: "REAL" }, [
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    2.2250738585072014e-308,
  ]),
  values(
    "subnormals",
    "subnormal doubles",
    { v: "", r: "REAL" },
    [5e-324, -5e-324, 2.225073858507201e-308, 1.5e-310],
  ),
  values("negative_zero", "−0.0", { v: "", n: "NUMERIC", r: "REAL" }, [-0, 0]),
  values("infinities", "±Infinity", { v: "", r: "REAL" }, [Infinity, -Infinity]),
];

/** Finite doubles with all exponents, the same ones each time. */
function randomDoubles(count: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  let state = 0x9e3779b9;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5) >>> 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
  const found: number[] = [];
  while (found.length < count) {
    view.setUint32(0, next());
    view.setUint32(4, next());
    const double = view.getFloat64(0);
    if (Number.isFinite(double)) found.push(double);
  }
  return found;
}

import type { GapsCase } from "./support/gaps/case.ts";

/** What was found, each by what was wrong then. */
export const FOUND: Readonly<Record<string, GapsCase>> = {
  "the first plan in a database was another one once our own tables were there": {
    rows: { parent: [[1, 2, 3, 0, 0]] },
    edits: [{ kind: "update", table: "parent", row: 0, column: 1, value: 4 }],
    from: "document",
    sliceBytes: 0,
    statements: 0,
    interleavings: [{ named: true, writes: [] }],
    mode: "merge",
    onConflict: "fail",
    tables: ["parent"],
  },
  "a parent went that no plan lists, and the run was refused by its old plan for ever": {
    rows: { parent: [[5, 2, 0, 4, 6]] },
    edits: [{ kind: "point", table: "parent", row: 2, column: 6, value: 6 }],
    from: "document",
    sliceBytes: 60,
    statements: 0,
    interleavings: [
      {
        named: true,
        writes: [{ kind: "delete", table: "parent", row: 3, column: 1, value: 3, gap: 2854 }],
      },
    ],
    mode: "merge",
    onConflict: "fail",
    tables: ["parent", "child"],
  },
  "a unique value was taken while conflicts were counted, and the run was refused for ever": {
    rows: { parent: [[0, 3, 0, 0, 2]], child: [[7, 6, 2, 3, 5]] },
    edits: [
      { kind: "delete", table: "child", row: 4, column: 3, value: 5 },
      { kind: "insert", table: "child", row: 0, column: 7, value: 3 },
    ],
    from: "archive",
    sliceBytes: 0,
    statements: 0,
    interleavings: [
      {
        named: true,
        writes: [{ kind: "insert", table: "child", row: 1, column: 4, value: 3, gap: 2730 }],
      },
    ],
    mode: "insert",
    onConflict: "fail",
    tables: ["child"],
  },
  "rows followed a value before the run came to write them, in many transactions": {
    rows: { parent: [[7, 5, 4, 2, 1]], follower: [[5, 4, 0, 1, 0]] },
    edits: [{ kind: "insert", table: "parent", row: 1, column: 1, value: 7 }],
    from: "document",
    sliceBytes: 1,
    statements: 0,
    interleavings: [{ named: false, writes: [] }],
    mode: "merge",
    onConflict: "fail",
    tables: ["parent", "follower"],
  },
  "a listed row had another value in a column that the run does not write": {
    rows: { parent: [[6, 3, 5, 1, 7]], child: [[0, 0, 2, 3, 7]] },
    edits: [
      { kind: "point", table: "follower", row: 7, column: 0, value: 6 },
      { kind: "swap", table: "child", row: 6, column: 4, value: 7 },
    ],
    from: "document",
    sliceBytes: 0,
    statements: 0,
    interleavings: [
      {
        named: false,
        writes: [{ kind: "point", table: "follower", row: 6, column: 3, value: 2, gap: 6541 }],
      },
    ],
    mode: "merge",
    onConflict: "fail",
    tables: ["child"],
  },
  "an app's row was told as if the run had written it wrongly": {
    rows: { child: [[1, 4, 4, 2, 3]] },
    edits: [],
    from: "archive",
    sliceBytes: 0,
    statements: 0,
    interleavings: [
      {
        named: false,
        writes: [{ kind: "delete", table: "child", row: 7, column: 2, value: 1, gap: 4152 }],
      },
    ],
    mode: "merge",
    onConflict: "fail",
    tables: ["child"],
  },
  "a row whose foreign key is written later had another value in a column that the run does not write": {
    rows: {
      child: [
        [5, 0, 0, 0, 0],
        [0, 0, 6, 0, 0],
      ],
    },
    edits: [{ kind: "update", table: "child", row: 3, column: 2, value: 0 }],
    from: "archive",
    sliceBytes: 1,
    statements: 0,
    interleavings: [
      { named: true, writes: [{ kind: "hit", table: "parent", row: 0, column: 3, value: 1, gap: 0 }] },
    ],
    mode: "merge",
    onConflict: "fail",
    tables: ["child"],
  },
  "a row followed a value that the app had given it, though the run writes it in another column": {
    rows: {
      parent: [[0, 0, 2, 0, 0]],
      follower: [
        [1, 0, 0, 0, 0],
        [2, 0, 1, 0, 0],
      ],
      pair: [[0, 0, 0, 0, 0]],
      loose: [[0, 0, 0, 0, 0]],
      words: [[0, 0, 0, 0, 0]],
    },
    edits: [
      { kind: "update", table: "follower", row: 1, column: 0, value: 1 },
      { kind: "update", table: "parent", row: 0, column: 0, value: 0 },
      { kind: "update", table: "parent", row: 0, column: 2, value: 0 },
    ],
    from: "archive",
    sliceBytes: 0,
    statements: 0,
    interleavings: [
      {
        named: false,
        early: false,
        writes: [{ kind: "point", table: "parent", row: 0, column: 5, value: 0, gap: 6527 }],
      },
    ],
    mode: "mirror",
    onConflict: "fail",
    tables: ["parent", "child", "going", "follower", "pair", "loose", "words"],
  },
  "a row came to point to one that was replaced, and went with it": {
    rows: { parent: [[0, 0, 0, 0, 0]] },
    edits: [
      { kind: "update", table: "parent", row: 0, column: 0, value: 0 },
      { kind: "update", table: "parent", row: 0, column: 0, value: 1 },
    ],
    from: "archive",
    sliceBytes: 0,
    statements: 0,
    interleavings: [
      {
        named: true,
        early: false,
        writes: [{ kind: "point", table: "parent", row: 0, column: 4, value: 0, gap: 0 }],
      },
    ],
    mode: "merge",
    onConflict: "replace",
    tables: ["parent", "child", "going", "follower", "pair", "loose", "words"],
  },
  "a row that goes with one whose value another takes was another one by then, and went": {
    rows: { parent: [[2, 0, 0, 0, 0]], child: [[0, 0, 0, 0, 0]], going: [[1, 2, 0, 0, 0]] },
    edits: [
      { kind: "delete", table: "child", row: 0, column: 0, value: 0 },
      { kind: "update", table: "parent", row: 0, column: 0, value: 0 },
      { kind: "update", table: "parent", row: 0, column: 0, value: 0 },
    ],
    from: "archive",
    sliceBytes: 60,
    statements: 0,
    interleavings: [
      {
        named: true,
        early: false,
        writes: [{ kind: "hit", table: "parent", row: 3, column: 0, value: 2, gap: 0 }],
      },
    ],
    mode: "mirror",
    onConflict: "fail",
    tables: ["parent", "child", "going", "words"],
  },
  "a row was made between two transactions that was in all what the plan had deleted, and was called unplanned":
    {
      rows: {
        child: [[0, 0, 0, 0, 0]],
        pair: [
          [0, 4, 1, 0, 0],
          [0, 0, 0, 0, 0],
        ],
      },
      edits: [
        { kind: "update", table: "pair", row: 0, column: 1, value: 0 },
        { kind: "delete", table: "child", row: 0, column: 0, value: 0 },
        { kind: "update", table: "parent", row: 0, column: 0, value: 0 },
        { kind: "update", table: "parent", row: 0, column: 0, value: 0 },
      ],
      from: "archive",
      sliceBytes: 1,
      statements: 0,
      interleavings: [
        {
          named: true,
          early: false,
          writes: [{ kind: "hit", table: "parent", row: 1, column: 1, value: 1, gap: 808 }],
        },
      ],
      mode: "mirror",
      onConflict: "fail",
      tables: ["parent", "child", "going", "follower", "pair", "loose", "words"],
    },
};

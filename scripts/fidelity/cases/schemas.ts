import { type Case, rows } from "../case.ts";

/** Whole databases, each of several features that meet. */
export const schemas: readonly Case[] = [
  rows(
    {
      id: "schema-forum",
      feature: "a forum: answers to themselves, keys by spelling, checks over JSON",
      sql: `CREATE TABLE forum_people (
          handle TEXT COLLATE NOCASE PRIMARY KEY /* AUTOINCREMENT is only a word here */,
          "e-mail" TEXT UNIQUE COLLATE RTRIM, -- , x TEXT
          prefs TEXT NOT NULL DEFAULT '{"theme":"dark"}' CHECK (json_valid(prefs)),
          shown TEXT AS (lower(handle) || ' <' || ifnull("e-mail", '') || '>') STORED
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE forum_posts (
          topic INTEGER NOT NULL, n INTEGER NOT NULL, author TEXT REFERENCES forum_people ON UPDATE CASCADE ON DELETE SET DEFAULT,
          answers_topic INTEGER, answers_n INTEGER, body, score REAL DEFAULT (1.0 / 3),
          PRIMARY KEY (topic, n DESC),
          FOREIGN KEY (answers_topic, answers_n) REFERENCES forum_posts (topic, n) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
        );
        CREATE UNIQUE INDEX "forum posts by first words" ON forum_posts (topic, substr(body, 1, 3) COLLATE NOCASE) WHERE answers_n IS NULL;
        CREATE VIEW forum_threads (topic, depth, n) AS WITH RECURSIVE t (topic, depth, n) AS (
          SELECT topic, 0, n FROM forum_posts WHERE answers_n IS NULL UNION ALL
          SELECT p.topic, depth + 1, p.n FROM forum_posts p JOIN t ON p.answers_topic = t.topic AND p.answers_n = t.n) SELECT * FROM t;
        CREATE TRIGGER forum_people AFTER DELETE ON forum_posts WHEN old.answers_n IS NULL BEGIN
          UPDATE forum_people SET prefs = json_set(prefs, '$.lost', old.n) WHERE handle = old.author; SELECT RAISE(IGNORE); END;
        INSERT INTO forum_people (handle, "e-mail") VALUES ('Ada', 'a@x  '), ('bob', NULL), ('Ç', '');`,
      questions: { threads: "SELECT topic, depth, n FROM forum_threads ORDER BY 1, 2, 3" },
    },
    {
      forum_posts: [
        [1n, 1n, "ADA", 1n, 2n, "one", 0.1],
        [1n, 2n, "bob", null, null, "TWO of them", 5e-324],
        [1n, 3n, null, 1n, 1n, new Uint8Array([0, 1]), -0],
        [9007199254740993n, -1n, "Ç", null, 7n, "\u0000", null],
      ],
    },
  ),
  {
    id: "schema-stock",
    feature: "a stock: constraints that ignore, replace or roll back by themselves",
    sql: `CREATE TABLE stock_items (
        sku BLOB PRIMARY KEY ON CONFLICT REPLACE, name TEXT UNIQUE ON CONFLICT IGNORE,
        pieces INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 7, price NUMERIC,
        CHECK (price IS NULL OR price >= 0) ON CONFLICT ROLLBACK
      );
      CREATE TABLE stock_moves (id INTEGER PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT, sku BLOB REFERENCES stock_items (sku) ON DELETE RESTRICT,
        at TEXT DEFAULT CURRENT_TIMESTAMP, by_hand INTEGER DEFAULT TRUE, note DEFAULT x'00', UNIQUE (sku, at) ON CONFLICT REPLACE);
      INSERT INTO stock_items VALUES (x'00', 'a', 1, 0.1), (x'0000', 'A', 0, 1e15), ('text', NULL, -1, '12x'), (5, 'n', 9223372036854775807, 3), (5.5, 'r', 2, NULL);
      INSERT INTO stock_moves (id, sku, at) VALUES (9223372036854775806, x'00', '2024-01-01'), (-3, x'00', NULL), (7, 5, NULL);
      DELETE FROM stock_moves WHERE id = 7;
      CREATE INDEX stock_by_price ON stock_items (price DESC, name COLLATE NOCASE, pieces + 1) WHERE price > 0.05;`,
    questions: { sequence: "SELECT seq FROM sqlite_sequence WHERE name = 'stock_moves'" },
  },
  {
    id: "schema-library",
    feature: "a library: full-text tables over odd names, over a view, ranked by their own rule",
    sql: `CREATE TABLE "the 'books'" ("no." INTEGER PRIMARY KEY, "title, long" TEXT, rank TEXT);
      INSERT INTO "the 'books'" VALUES (3, 'The sea, the sea', 'x'), (-9, 'Seas of "time"', 'sea'), (12, NULL, 'the');
      CREATE VIRTUAL TABLE "find books" USING fts5("title, long", content = "the 'books'", content_rowid='no.', tokenize = "unicode61 tokenchars '-'");
      INSERT INTO "find books" ("find books") VALUES ('rebuild');
      CREATE VIEW library_shown AS SELECT "no." * 10 AS id, upper("title, long") AS title FROM "the 'books'";
      CREATE VIRTUAL TABLE library_view USING fts5(title, content=library_shown, content_rowid=id);
      INSERT INTO library_view (library_view) VALUES ('rebuild');
      CREATE VIRTUAL TABLE library_notes USING fts5(head, body, tokenize='porter');
      INSERT INTO library_notes VALUES ('sea', 'a note'), ('a note', 'the sea'), ('x', 'sea sea');
      INSERT INTO library_notes (library_notes, rank) VALUES ('rank', 'bm25(0.1, 10.0)');
      INSERT INTO library_notes (library_notes, rank) VALUES ('automerge', 2);`,
    questions: {
      books: `SELECT rowid FROM "find books" WHERE "find books" MATCH 'sea' ORDER BY rowid`,
      view: "SELECT rowid, title FROM library_view WHERE library_view MATCH 'seas OR sea' ORDER BY rowid",
      "by rank": "SELECT rowid, rank FROM library_notes WHERE library_notes MATCH 'sea' ORDER BY rank",
      settings: "SELECT k, v FROM library_notes_config ORDER BY k",
    },
  },
  {
    id: "schema-quirks",
    feature: "an old app: SQLite's own quirks of keys, types and names",
    sql: `CREATE TABLE quirk_desc (id INTEGER PRIMARY KEY DESC, v);
      INSERT INTO quirk_desc (rowid, id, v) VALUES (5, 1, 'a'), (2, NULL, 'b'), (9, NULL, 'b'), (3, 'text', 'c');
      CREATE TABLE quirk_int (id INT PRIMARY KEY, v); INSERT INTO quirk_int VALUES (1, 1), (NULL, 2), ('x', 3), (1.5, 4);
      CREATE TABLE quirk_quoted ('id' 'INTEGER' PRIMARY KEY, "a b" "long type" (10, -2), [c] [int], \`d\` DEFAULT "not a column");
      INSERT INTO quirk_quoted (id, "a b", c) VALUES (1, '007', '8'), (2, '1e3', '0x1F');
      CREATE TABLE quirk_rowid (rowid TEXT, oid INTEGER PRIMARY KEY, _rowid_ BLOB UNIQUE); INSERT INTO quirk_rowid VALUES ('r', 7, 'x'), (NULL, -1, NULL);
      CREATE TABLE quirk_made AS SELECT 1 AS a, 'x' AS "a:1", x'ff' AS b, 1.0 AS c;
      CREATE TABLE quirk_chain (a INTEGER, d AS (c * 2) VIRTUAL, c AS (b + 1) STORED, b AS (a * 10), e TEXT COLLATE NOCASE GENERATED ALWAYS AS (a || '') VIRTUAL UNIQUE);
      INSERT INTO quirk_chain VALUES (1), (-5), (NULL), (NULL);
      CREATE TABLE quirk_check (a INTEGER PRIMARY KEY, b TEXT CHECK (b GLOB '[a-z]*' OR b = ''), CONSTRAINT "odd ; name" CHECK (a <> 13), CONSTRAINT u UNIQUE (b COLLATE NOCASE));
      INSERT INTO quirk_check VALUES (1, 'abc'), (2, '');
      ALTER TABLE quirk_check ADD COLUMN later REAL DEFAULT -1.0;
      CREATE VIEW "quirk view" AS SELECT count(*) AS "count(*)", max(a) "max" FROM quirk_check -- ends in a comment`,
    questions: { view: 'SELECT * FROM "quirk view"' },
  },
  {
    id: "schema-ledger",
    feature: "a ledger: keys in a ring that may not be NULL, followed by spelling and by value",
    sql: `CREATE TABLE ledger_a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES ledger_b (id) DEFERRABLE INITIALLY DEFERRED, code TEXT NOT NULL COLLATE NOCASE UNIQUE);
      CREATE TABLE ledger_b (id INTEGER PRIMARY KEY, c INTEGER NOT NULL, up INTEGER DEFAULT 1 REFERENCES ledger_b ON DELETE SET DEFAULT ON UPDATE SET NULL,
        FOREIGN KEY (c) REFERENCES ledger_c (id) ON DELETE CASCADE);
      CREATE TABLE ledger_c (id INT NOT NULL, a INTEGER NOT NULL REFERENCES ledger_a ON DELETE CASCADE, at, UNIQUE (id), PRIMARY KEY (a, id)) WITHOUT ROWID;
      CREATE TABLE ledger_lines (code TEXT REFERENCES ledger_a (code) MATCH FULL ON DELETE NO ACTION, amount INTEGER, "when" REAL);
      INSERT INTO ledger_a VALUES (1, 10, 'Ab'), (2, 20, 'cd'), (9007199254740993, 10, 'EF');
      INSERT INTO ledger_b VALUES (10, 100, 20), (20, 200, 10), (30, 100, NULL);
      INSERT INTO ledger_c VALUES (100, 2, 1.0), (200, 1, '1'), (300, 9007199254740993, x'31');
      INSERT INTO ledger_lines VALUES ('AB', 9223372036854775807, 45000.1), ('ab', -9223372036854775808, 9e999), (NULL, 0, -0.0), ('AB', 9223372036854775807, 45000.1), ('Cd', NULL, 1);
      CREATE TRIGGER ledger_watch BEFORE INSERT ON ledger_lines BEGIN SELECT RAISE(ABORT, 'closed'); END;
      CREATE TRIGGER ledger_count AFTER UPDATE OF b, code ON ledger_a FOR EACH ROW WHEN new.b <> old.b BEGIN DELETE FROM ledger_lines; END;`,
  },
];

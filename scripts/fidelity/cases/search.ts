import type { Case } from "../case.ts";

const TEXTS = `('first', 'Ferries carry rows across the water'), ('second', 'A row of rowing boats'), ('third', 'Œuvre; it''s naïve')`;

export const search: readonly Case[] = [
  {
    id: "fts5-own",
    feature: "FTS5 with its own content",
    sql: `CREATE VIRTUAL TABLE fts_own USING fts5(title, body, tokenize = 'porter unicode61', prefix = '2 3');
      INSERT INTO fts_own VALUES ${TEXTS};
      INSERT INTO fts_own (rowid, title, body) VALUES (100, 'far', 'rows far away')`,
    questions: {
      search:
        "SELECT rowid, highlight(fts_own, 1, '<', '>') FROM fts_own WHERE fts_own MATCH 'row' ORDER BY rowid",
      prefix: "SELECT rowid FROM fts_own WHERE fts_own MATCH 'na*' ORDER BY rowid",
    },
  },
  {
    id: "fts5-unindexed",
    feature: "FTS5 with UNINDEXED columns of all types",
    sql: `CREATE VIRTUAL TABLE fts_unindexed USING fts5(id UNINDEXED, body);
      INSERT INTO fts_unindexed VALUES (9007199254740993, 'big'), (1.0, 'real'), (x'00ff', 'blob'), (NULL, 'null'), ('', '')`,
    questions: {
      search: "SELECT rowid FROM fts_unindexed WHERE fts_unindexed MATCH 'real OR blob' ORDER BY rowid",
    },
  },
  {
    id: "fts5-external",
    feature: "FTS5 over another table, kept by triggers",
    sql: `CREATE TABLE fts_notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
      CREATE VIRTUAL TABLE fts_external USING fts5(title, body, content='fts_notes', content_rowid='id');
      CREATE TRIGGER fts_notes_insert AFTER INSERT ON fts_notes BEGIN
        INSERT INTO fts_external (rowid, title, body) VALUES (new.id, new.title, new.body);
      END;
      CREATE TRIGGER fts_notes_delete AFTER DELETE ON fts_notes BEGIN
        INSERT INTO fts_external (fts_external, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
      END;
      INSERT INTO fts_notes (title, body) VALUES ${TEXTS}`,
    questions: {
      search:
        "SELECT rowid, snippet(fts_external, 1, '<', '>', '…', 4) FROM fts_external WHERE fts_external MATCH 'rows OR row' ORDER BY rowid",
    },
  },
  {
    id: "fts5-content-none",
    feature: "FTS5 without content",
    sql: `CREATE VIRTUAL TABLE fts_none USING fts5(title, body, content='');
      INSERT INTO fts_none (rowid, title, body) VALUES (1, 'first', 'rows'), (2, 'second', 'none')`,
    questions: { search: "SELECT rowid FROM fts_none WHERE fts_none MATCH 'rows' ORDER BY rowid" },
  },
  {
    id: "fts5-vocab",
    feature: "the vocabulary of an FTS5 table (fts5vocab)",
    sql: `CREATE VIRTUAL TABLE fts_words USING fts5(body);
      CREATE VIRTUAL TABLE fts_vocab USING fts5vocab('fts_words', 'row');
      INSERT INTO fts_words VALUES ('a rose is a rose')`,
    questions: { words: "SELECT term, doc, cnt FROM fts_vocab ORDER BY term" },
  },
  {
    id: "rtree",
    feature: "R*Tree",
    sql: `CREATE VIRTUAL TABLE rtree_table USING rtree(id, x1, x2); INSERT INTO rtree_table VALUES (1, 0, 1), (2, 5, 6)`,
    questions: { search: "SELECT id FROM rtree_table WHERE x1 < 3" },
  },
];

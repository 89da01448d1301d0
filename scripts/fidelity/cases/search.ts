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
      CREATE VIRTUAL TABLE fts_none_words USING fts5vocab(fts_none, instance);
      INSERT INTO fts_none (rowid, title, body) VALUES (1, 'first', 'rows'), (2, 'second', 'none'), (-3, '', NULL), (9, 'Œuvre', 'naïve, it''s "quoted"')`,
    questions: {
      search:
        "SELECT rowid, bm25(fts_none) FROM fts_none WHERE fts_none MATCH 'rows OR naive' ORDER BY rowid",
      phrase: `SELECT rowid FROM fts_none WHERE fts_none MATCH 'title: œuvre AND "s quoted"'`,
    },
  },
  {
    id: "fts5-content-none-porter",
    feature: "FTS5 without content, by Porter's stemmer",
    sql: `CREATE VIRTUAL TABLE fts_stems USING fts5(body, content='', tokenize='porter unicode61');
      CREATE VIRTUAL TABLE fts_stems_words USING fts5vocab(fts_stems, instance);
      INSERT INTO fts_stems (rowid, body) VALUES (1, 'universities and relational ferries'), (2, 'the university of generalizations')`,
    questions: { search: "SELECT rowid FROM fts_stems WHERE fts_stems MATCH 'universe' ORDER BY rowid" },
  },
  {
    id: "fts5-content-none-trigram",
    feature: "FTS5 without content, by trigrams",
    sql: `CREATE VIRTUAL TABLE fts_trigrams USING fts5(body, content='', tokenize='trigram', contentless_delete=1);
      CREATE VIRTUAL TABLE fts_trigrams_words USING fts5vocab(fts_trigrams, instance);
      INSERT INTO fts_trigrams (rowid, body) VALUES (1, 'Ferries ünd 😀 more'), (2, 'ab'), (3, 'gone');
      DELETE FROM fts_trigrams WHERE rowid = 3`,
    questions: { search: "SELECT rowid FROM fts_trigrams WHERE fts_trigrams MATCH 'd 😀' ORDER BY rowid" },
  },
  {
    id: "fts5-content-none-unindexed",
    feature: "FTS5 without content, its UNINDEXED values kept",
    sql: `CREATE VIRTUAL TABLE fts_kept USING fts5(ref UNINDEXED, body, content='', contentless_delete=1, contentless_unindexed=1);
      INSERT INTO fts_kept (rowid, ref, body) VALUES (1, 9007199254740993, 'one'), (2, 1.0, 'two'), (3, x'00ff', 'three')`,
    questions: { search: "SELECT rowid, ref FROM fts_kept WHERE fts_kept MATCH 'one OR two' ORDER BY rowid" },
  },
  {
    id: "fts5-content-none-detail",
    feature: "FTS5 without content and detail=none",
    sql: `CREATE VIRTUAL TABLE fts_bare USING fts5(body, content='', detail=none);
      INSERT INTO fts_bare (rowid, body) VALUES (1, 'rows of rows')`,
    questions: { search: "SELECT rowid FROM fts_bare WHERE fts_bare MATCH 'rows'" },
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

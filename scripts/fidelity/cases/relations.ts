import type { Case } from "../case.ts";

export const relations: readonly Case[] = [
  {
    id: "fk-order",
    feature: "foreign key to a table made later",
    sql: `CREATE TABLE a_child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES z_parent (id));
      CREATE TABLE z_parent (id INTEGER PRIMARY KEY, v);
      INSERT INTO z_parent VALUES (1, 'p'), (2, 'q');
      INSERT INTO a_child VALUES (1, 2), (2, 1)`,
  },
  {
    id: "fk-self",
    feature: "foreign key to the same table",
    sql: `CREATE TABLE fk_self (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES fk_self (id));
      INSERT INTO fk_self VALUES (1, 3), (2, 1), (3, 3)`,
  },
  {
    id: "fk-cycle",
    feature: "foreign keys in a cycle",
    sql: `CREATE TABLE fk_cycle_a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES fk_cycle_b (id));
      CREATE TABLE fk_cycle_b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES fk_cycle_a (id));
      INSERT INTO fk_cycle_a VALUES (1, 2), (2, 1);
      INSERT INTO fk_cycle_b VALUES (1, 2), (2, 1)`,
  },
  {
    id: "fk-actions",
    feature: "every ON DELETE action, also in a cycle",
    sql: `CREATE TABLE fk_parent (id INTEGER PRIMARY KEY, favourite INTEGER REFERENCES fk_cascade (id) ON DELETE SET NULL);
      CREATE TABLE fk_cascade (id INTEGER PRIMARY KEY, p INTEGER REFERENCES fk_parent (id) ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TABLE fk_set_null (id INTEGER PRIMARY KEY, p INTEGER REFERENCES fk_parent ON DELETE SET NULL);
      CREATE TABLE fk_set_default (id INTEGER PRIMARY KEY, p INTEGER DEFAULT 1 REFERENCES fk_parent (id) ON DELETE SET DEFAULT);
      CREATE TABLE fk_restrict (id INTEGER PRIMARY KEY, p INTEGER REFERENCES fk_parent (id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO fk_parent VALUES (1, 1), (2, NULL); INSERT INTO fk_cascade VALUES (1, 1), (2, 2);
      INSERT INTO fk_set_null VALUES (1, 1), (2, NULL); INSERT INTO fk_set_default VALUES (1, 2); INSERT INTO fk_restrict VALUES (1, 2)`,
  },
  {
    id: "fk-composite",
    feature: "composite foreign key, to a unique index, some of it NULL",
    sql: `CREATE TABLE fk_unique (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, UNIQUE (a, b));
      CREATE TABLE fk_composite (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, FOREIGN KEY (a, b) REFERENCES fk_unique (a, b) ON DELETE CASCADE);
      INSERT INTO fk_unique VALUES (1, 'x', 1), (2, 'x', 2);
      INSERT INTO fk_composite VALUES (1, 'x', 2), (2, NULL, 7), (3, 'nowhere', NULL)`,
  },
  {
    id: "fk-dangling",
    feature: "rows whose foreign key points at nothing",
    sql: `CREATE TABLE fk_dangling_parent (id INTEGER PRIMARY KEY);
      CREATE TABLE fk_dangling (id INTEGER PRIMARY KEY, p INTEGER REFERENCES fk_dangling_parent (id));
      INSERT INTO fk_dangling VALUES (1, 99)`,
  },
];

export const objects: readonly Case[] = [
  {
    id: "index-unique",
    feature: "unique indexes, NULLs in them",
    sql: `CREATE TABLE index_unique (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b, c, UNIQUE (b, c));
      CREATE UNIQUE INDEX index_unique_c ON index_unique (c COLLATE NOCASE DESC);
      INSERT INTO index_unique VALUES (1, NULL, 1, 'x'), (2, NULL, 1, 'y'), (3, '', NULL, NULL), (4, 'z', NULL, NULL)`,
  },
  {
    id: "index-partial",
    feature: "partial indexes",
    sql: `CREATE TABLE index_partial (id INTEGER PRIMARY KEY, slug TEXT, deleted INTEGER);
      CREATE UNIQUE INDEX index_partial_live ON index_partial (slug) WHERE deleted IS NULL;
      INSERT INTO index_partial VALUES (1, 'a', NULL), (2, 'a', 1), (3, 'a', 2)`,
  },
  {
    id: "index-expression",
    feature: "expression indexes",
    sql: `CREATE TABLE index_expression (id INTEGER PRIMARY KEY, email TEXT, doc TEXT);
      CREATE UNIQUE INDEX index_expression_email ON index_expression (lower(email));
      CREATE INDEX index_expression_doc ON index_expression (doc ->> '$.a', id DESC) WHERE json_valid(doc);
      INSERT INTO index_expression VALUES (1, 'Ada@x', '{"a":1}'), (2, 'bob@x', 'no json')`,
  },
  {
    id: "views",
    feature: "views, also of views, made before what they show",
    sql: `CREATE VIEW views_first AS SELECT * FROM views_second WHERE v <> ';';
      CREATE TABLE views_table (id INTEGER PRIMARY KEY, v TEXT);
      CREATE VIEW views_second (id, v) AS SELECT id, v || '''s' FROM views_table -- the end
      ;
      INSERT INTO views_table VALUES (1, 'Ada'), (2, ';')`,
    questions: { "views' answers": "SELECT * FROM views_first ORDER BY id" },
  },
  {
    id: "triggers",
    feature: "triggers: all there, none fired",
    sql: `CREATE TABLE triggers_table (id INTEGER PRIMARY KEY, v); CREATE TABLE triggers_log (n INTEGER PRIMARY KEY, what TEXT);
      INSERT INTO triggers_table VALUES (1, 'a'), (2, 'b');
      CREATE TRIGGER triggers_insert AFTER INSERT ON triggers_table BEGIN INSERT INTO triggers_log (what) VALUES ('insert; ' || new.v); UPDATE triggers_table SET v = 'fired' WHERE id = new.id; END;
      CREATE TRIGGER triggers_update BEFORE UPDATE OF v ON triggers_table WHEN new.v IS NOT old.v BEGIN SELECT CASE WHEN new.v = 'END;' THEN RAISE(ABORT, 'no; never') END; END;
      CREATE TRIGGER triggers_delete AFTER DELETE ON triggers_table BEGIN DELETE FROM triggers_log; /* END; */ END`,
  },
  {
    id: "trigger-refuses",
    feature: "a trigger that refuses every insert",
    sql: `CREATE TABLE trigger_refuses (id INTEGER PRIMARY KEY, v); INSERT INTO trigger_refuses VALUES (1, 'a');
      CREATE TRIGGER trigger_refuses_all BEFORE INSERT ON trigger_refuses BEGIN SELECT RAISE(ABORT, 'read only'); END`,
  },
  {
    id: "trigger-view",
    feature: "INSTEAD OF triggers on a view",
    sql: `CREATE TABLE trigger_view_table (id INTEGER PRIMARY KEY, v); INSERT INTO trigger_view_table VALUES (1, 'a');
      CREATE VIEW trigger_view AS SELECT id, v FROM trigger_view_table;
      CREATE TRIGGER trigger_view_insert INSTEAD OF INSERT ON trigger_view BEGIN INSERT INTO trigger_view_table VALUES (new.id, new.v); END`,
  },
];

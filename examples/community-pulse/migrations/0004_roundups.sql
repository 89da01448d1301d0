CREATE TABLE roundups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  intro TEXT,
  week_start INTEGER NOT NULL,
  status TEXT NOT NULL,
  published_at INTEGER
);

CREATE TABLE roundup_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  roundup_id INTEGER NOT NULL REFERENCES roundups (id) ON DELETE CASCADE,
  content_id INTEGER NOT NULL REFERENCES content_items (id),
  position INTEGER NOT NULL,
  section TEXT NOT NULL,
  headline TEXT NOT NULL,
  blurb TEXT
);

CREATE UNIQUE INDEX roundup_items_position ON roundup_items (roundup_id, position);
CREATE INDEX roundup_items_content ON roundup_items (content_id);

CREATE TABLE insight_generations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  generated_at INTEGER NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  model TEXT NOT NULL,
  items_analyzed INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL,
  summary TEXT
);

CREATE TABLE insights (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  generation_id INTEGER NOT NULL REFERENCES insight_generations (id),
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  topic TEXT,
  confidence REAL NOT NULL,
  evidence TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE INDEX insights_generation ON insights (generation_id);
CREATE INDEX insights_kind ON insights (kind);

CREATE TABLE seed_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  seed_name TEXT NOT NULL,
  seed_version INTEGER NOT NULL,
  record_count INTEGER NOT NULL,
  applied_at INTEGER NOT NULL
);

CREATE UNIQUE INDEX seed_history_name_version ON seed_history (seed_name, seed_version);

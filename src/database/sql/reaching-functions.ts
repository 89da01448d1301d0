/** Functions that reach outside the database, or run what they are handed, of SQLite, its shell and its extensions. */
export const REACHING_FUNCTIONS: ReadonlySet<string> = new Set([
  "load_extension",
  "readfile",
  "writefile",
  "edit",
  "eval",
  "getenv",
  "fts3_tokenizer",
  "icu_load_collation",
  "lsmode",
  "shell_add_schema",
  "shell_module_schema",
  "shell_putsnl",
  "sqlite_log",
]);

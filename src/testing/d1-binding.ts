/**
 * What is used of a D1 binding, in structural types, so that `env.DB` fits as it is, whichever
 * version of the types it comes with.
 */
export interface D1BindingLike {
  prepare(sql: string): object;
  batch(statements: never[]): Promise<object[]>;
}

/** The same, with the types that the wrapper works with inside. */
export interface InnerDatabase {
  prepare(sql: string): InnerStatement;
  batch(statements: InnerStatement[]): Promise<InnerResult[]>;
  exec?(sql: string): Promise<unknown>;
  dump?(): Promise<ArrayBuffer>;
  withSession?(constraint?: string): InnerDatabase;
  getBookmark?(): string | null;
}

export interface InnerStatement {
  bind(...values: unknown[]): InnerStatement;
  first(column?: string): Promise<unknown>;
  run(): Promise<InnerResult>;
  all(): Promise<InnerResult>;
  raw(options?: { columnNames?: boolean }): Promise<unknown[]>;
}

export interface InnerResult {
  results?: unknown[];
  meta?: { size_after?: number; rows_read?: number; rows_written?: number };
}

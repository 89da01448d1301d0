/** Answers as an app gives them, with what a test wants otherwise. */
export const USAGE = { statements: 1, bucketOperations: 1, ms: 1 };

export const PROGRESS = {
  tablesProcessed: 0,
  totalTables: null,
  currentTable: null,
  recordsProcessed: 0,
  totalRecords: null,
};

type Other = Record<string, unknown>;

const progressIn = ({ progress }: Other) => ({ ...PROGRESS, ...(progress as object | undefined) });

export function syncAnswer(other: Other = {}): Other {
  return {
    success: true,
    syncKey: "sync-1",
    status: "completed",
    phase: "staging",
    version: null,
    results: null,
    verified: false,
    duration: 1,
    message: "",
    notes: [],
    usage: USAGE,
    ...other,
    progress: progressIn(other),
  };
}

export function exportAnswer(other: Other = {}): Other {
  return {
    success: true,
    exportKey: "export-1",
    status: "completed",
    version: 1,
    stats: [],
    bytes: 1,
    message: "",
    notes: [],
    usage: USAGE,
    ...other,
    ...(other.progress === undefined ? {} : { progress: progressIn(other) }),
  };
}

export function statusAnswer(other: Other = {}): Other {
  return {
    status: {
      syncKey: "sync-1",
      status: "staging",
      version: null,
      mode: null,
      results: null,
      verified: false,
      error: null,
      startedAt: null,
      completedAt: null,
      bytes: null,
      message: "",
      notes: [],
      ...other,
      progress: progressIn(other),
    },
    usage: USAGE,
  };
}

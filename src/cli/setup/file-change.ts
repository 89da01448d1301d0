/** A file as it is, and as it will be. */
export interface FileChange {
  /** From the project's directory. */
  path: string;
  /** Null where it is new. */
  before: string | null;
  after: string;
  /** It holds secrets: none of what it holds is shown, and git has to ignore it. */
  secret?: boolean;
}

/** What a person puts in by hand, since it could not be done safely. */
export interface Snippet {
  /** The file, from the project's directory. */
  path: string;
  /** Where in it, and why nobody has done it. */
  where: string;
  code: string;
}

/** What one part of the setup comes to. */
export interface Part {
  changes: FileChange[];
  snippets: Snippet[];
  /** What a person should know, a sentence each. */
  notes: string[];
}

export function emptyPart(): Part {
  return { changes: [], snippets: [], notes: [] };
}

export function joinParts(parts: readonly Part[]): Part {
  return {
    changes: parts.flatMap(({ changes }) => changes),
    snippets: parts.flatMap(({ snippets }) => snippets),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

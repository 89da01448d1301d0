/** One request that the Worker answered. */
export interface Visit {
  /** "export", "sync", "upload part", … */
  what: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
}

/** Bodies that say what they want are short; a document is not. Bytes. */
const LONGEST_REQUEST = 10_000;

export interface VisitLog {
  /** Answers, and writes down how long that took: a streamed body up to its first byte. */
  follow(request: Request, answer: () => Promise<Response>): Promise<Response>;
  read(): Visit[];
}

export function createVisitLog(): VisitLog {
  const visits: Visit[] = [];
  return {
    async follow(request, answer) {
      const what = await describe(request);
      const startedAt = Date.now();
      const response = await answer();
      visits.push({ what, startedAt, endedAt: Date.now() });
      return response;
    },
    read: () => visits,
  };
}

async function describe(request: Request): Promise<string> {
  const url = new URL(request.url);
  if (request.method === "PUT") return "upload part";
  const upload = url.pathname.endsWith("multipart-upload") ? "upload " : "";
  if (request.method !== "POST") return `${upload}${url.searchParams.get("operation") ?? "look"}`;
  if (Number(request.headers.get("content-length") ?? Infinity) > LONGEST_REQUEST) return "upload document";
  const { operation, action } = await readRequest(request.clone());
  return `${upload}${operation ?? action}`;
}

/** A short document, or questions that are packed, are no JSON. */
async function readRequest(request: Request): Promise<{ operation?: string; action?: string }> {
  const text = await request.text();
  return text.startsWith("{") ? JSON.parse(text) : { operation: "packed" };
}

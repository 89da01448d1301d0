/** V8's inspector of one isolate (chromedevtools.github.io/devtools-protocol/v8). */
export interface Inspector {
  /** Rejects with what the inspector refuses, and when it is closed before the answer. */
  send<T>(method: string, params?: Record<string, unknown>): Promise<T>;
  close(): void;
}

interface Answer {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

export async function openInspector(at: URL, isolate: string): Promise<Inspector> {
  const socket = new WebSocket(new URL(`/${isolate}`, at));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`No inspector answers at ${at}`));
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Answer;
    const call = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || call === undefined) return;
    waiting.delete(id);
    if (error === undefined) call.resolve(result);
    else call.reject(new Error(error.message));
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error("The inspector is closed"));
    waiting.clear();
  };
  return {
    send<T>(method: string, params: Record<string, unknown> = {}) {
      const id = ++last;
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        socket.send(JSON.stringify({ id, method, params }));
      });
    },
    close: () => socket.close(),
  };
}

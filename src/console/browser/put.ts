/** Milliseconds in which nothing moves before a connection is taken for lost. */
const STALLED = 60_000;

export interface PutOptions {
  signal: AbortSignal;
  /** So many bytes of it are on their way. */
  onProgress: (bytes: number) => void;
}

/** Sends bytes by PUT and tells how many have gone. Rejects with a `TypeError` where the connection is lost, as `fetch` does. */
export function put(url: string, body: Blob, { signal, onProgress }: PutOptions): Promise<Response> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = new XMLHttpRequest();
  const stop = () => request.abort();
  let timer = setTimeout(stop, STALLED);
  request.upload.onprogress = ({ loaded }) => {
    clearTimeout(timer);
    timer = setTimeout(stop, STALLED);
    onProgress(loaded);
  };
  request.onload = () => resolve(new Response(request.response, { status: request.status }));
  request.onerror = request.onabort = () => reject(new TypeError("The connection is lost"));
  request.onloadend = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  };
  signal.addEventListener("abort", stop);
  request.open("PUT", url);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.send(body);
  return promise;
}

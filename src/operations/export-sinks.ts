import { type FerryKey, objectName } from "../bucket/keys.ts";
import { createSink, type Sink, type SinkOptions } from "../bucket/object-writer.ts";
import type { Bucket } from "../bucket/port.ts";

/** Where the archive goes. A reading that is made again has a new one. */
export interface ExportSinks {
  current: Sink;
  renew(): void;
  /** Forgets the parts of those before the current one, which the state in the bucket must no longer name. */
  forgetEarlier(): Promise<void>;
}

export function exportSinks(bucket: Bucket, key: FerryKey, options: SinkOptions): ExportSinks {
  const { paused: _, ...fresh } = options;
  const earlier: Sink[] = [];
  const sinks: ExportSinks = {
    current: createSink(bucket, objectName(key), options),
    renew() {
      earlier.push(sinks.current);
      sinks.current = createSink(bucket, objectName(key), fresh);
    },
    async forgetEarlier() {
      for (const sink of earlier.splice(0)) await sink.abort();
    },
  };
  return sinks;
}

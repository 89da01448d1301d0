/** Between whom a call goes: an app and its database, an app and its bucket, the driver and an app. */
export type Layer = "database" | "bucket" | "http";
export type AppName = "source" | "target";

/** What may happen to a call of the database or the bucket. */
export const STORE_KINDS = ["fails", "answer lost", "app dies before", "app dies after"] as const;
/** And to the bytes that a bucket hands out. */
export const BODY_KIND = "body breaks";
/** What may happen to a request. */
export const HTTP_KINDS = [
  "request lost",
  "request cut",
  "answer lost",
  "answer cut",
  "times out",
  "500 page",
  "502 page",
  "503 later",
  "429 later",
  "524 after it was done",
  "driver dies before",
  "driver dies within the answer",
  "driver dies after",
] as const;

/** Those of which the others are variations. */
export const MAIN_HTTP_KINDS = [
  "request lost",
  "request cut",
  "answer lost",
  "answer cut",
  "503 later",
  "driver dies before",
  "driver dies after",
] as const;

export type StoreKind = (typeof STORE_KINDS)[number] | typeof BODY_KIND;
export type HttpKind = (typeof HTTP_KINDS)[number];
export type Kind = StoreKind | HttpKind;

export interface Fault {
  app: AppName;
  layer: Layer;
  /** The n-th call between the two, from 1. */
  call: number;
  kind: Kind;
}

/** Says of each call what happens to it, and keeps what was called. */
export interface Injector {
  reach(app: AppName, layer: Layer, name: string): Kind | null;
  /** "target database batch", in order. */
  readonly calls: string[];
  /** What happened. */
  readonly hits: string[];
}

/** One fault, once. */
export function injectOnce(fault: Fault | null): Injector {
  const counts = new Map<string, number>();
  const injector: Injector = {
    calls: [],
    hits: [],
    reach(app, layer, name) {
      const place = `${app} ${layer}`;
      injector.calls.push(`${place} ${name}`);
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      if (fault === null || fault.app !== app || fault.layer !== layer || fault.call !== count) return null;
      injector.hits.push(`${place} ${count} (${name} after ${before(injector)}): ${fault.kind}`);
      return fault.kind;
    },
  };
  return injector;
}

/** The two calls before the last one. */
function before({ calls }: Injector): string {
  return calls.slice(-3, -1).join(", ");
}

export interface RandomOptions {
  /** From 0 to 1, the same for the same seed. */
  random: () => number;
  /** How often a call goes wrong, from 0 to 1. */
  rate: number;
  /** Faults at the most. */
  most: number;
}

/** Any faults, any number of times. */
export function injectAtRandom({ random, rate, most }: RandomOptions): Injector {
  const injector: Injector = {
    calls: [],
    hits: [],
    reach(app, layer, name) {
      injector.calls.push(`${app} ${layer} ${name}`);
      if (injector.hits.length >= most || random() >= rate) return null;
      const kinds: readonly Kind[] = layer === "http" ? HTTP_KINDS : [...STORE_KINDS, BODY_KIND];
      const kind = kinds[Math.floor(random() * kinds.length)] as Kind;
      injector.hits.push(
        `${app} ${layer} ${injector.calls.length} (${name} after ${before(injector)}): ${kind}`,
      );
      return kind;
    },
  };
  return injector;
}

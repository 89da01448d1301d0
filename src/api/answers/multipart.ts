import * as v from "valibot";
import { bytes, milliseconds, usage } from "./common.ts";

export const startAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  key: v.pipe(v.string(), v.description("The same as syncKey, as the other calls name it.")),
  uploadId: v.string(),
  chunkSize: v.pipe(v.number(), v.description("Bytes a part: all but the last have this size.")),
  expiresAt: milliseconds,
  usage,
});

const part = v.strictObject({ partNumber: v.number(), etag: v.string(), size: bytes });

export const partAnswer = v.strictObject({ success: v.literal(true), ...part.entries, usage });

export const completeAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  key: v.string(),
  bytes,
  etag: v.string(),
  nextStep: v.string(),
  usage,
});

export const abortAnswer = v.strictObject({
  success: v.literal(true),
  key: v.string(),
  aborted: v.pipe(v.boolean(), v.description("False when there was nothing left to abort.")),
  message: v.string(),
  usage,
});

export const partsAnswer = v.strictObject({
  key: v.string(),
  uploadId: v.string(),
  chunkSize: v.number(),
  createdAt: milliseconds,
  expiresAt: milliseconds,
  parts: v.pipe(v.array(part), v.description("What the bucket holds; empty once completed.")),
  completed: v.nullable(v.strictObject({ bytes, etag: v.string() })),
  usage,
});

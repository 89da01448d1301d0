import type { Refusal } from "../bucket/refusals.ts";
import type { FerryError } from "../errors.ts";

type Details = Readonly<Record<string, unknown>>;
/** What to do, or how to say it from an error's details. */
type Hint = string | ((details: Details) => string);

const PART_RULE = "Parts are at least 5 MiB each and all of one size; only the last may be smaller.";

const UPLOADS: Readonly<Record<Refusal, Hint>> = {
  "key-malformed":
    'Use the exportKey or syncKey as it was answered, such as "sync-1700000000000-k3v9x0a7b2qd".',
  "key-in-use": "Start without a key to be given a new one.",
  "part-size-out-of-range": "Choose a part size between 5 MiB and 95 MiB, or leave it out for 10 MiB.",
  "part-number-out-of-range":
    "Number the parts from 1; for a larger file, start an upload with larger parts.",
  "part-listed-twice": "List each part once.",
  "part-length-unknown": "Send a Content-Length header (curl: -T part or --data-binary @part, not a pipe).",
  "part-empty": "Send the part's bytes as the request body.",
  "part-below-minimum": PART_RULE,
  "part-above-part-size": ({ partSize }) =>
    `Send parts of at most ${partSize} bytes, or start again with a larger partSize.`,
  "part-size-differs": PART_RULE,
  "part-etag-differs": "Send the part again and list the etag of that answer.",
  "no-parts": "Send the parts first, each with PUT and its partNumber.",
  "parts-not-received": ({ arrived, highest }) =>
    `${arrived} of ${highest} parts are safe: send the missing ones, then complete again.`,
  "parts-not-listed": "List every part that was sent; to leave one out, abort and start a new upload.",
  "upload-not-open":
    'Start a new upload with {"action":"start"}: an unfinished one is forgotten after 7 days.',
  "upload-completed": ({ key }) => `Sync it with {"operation":"sync","syncKey":"${key}"}, or drop it.`,
  "joined-size-differs": "Drop the key and upload again.",
};

/** By `details.reason`, which is unique in the whole code base; by code where a code has one meaning. */
const HINTS: Readonly<Record<string, Hint>> = { ...UPLOADS };

/** What to do about an error, for somebody who calls by HTTP: its own hint, or the one of its reason. */
export function hintFor({
  code,
  hint,
  details = {},
}: Pick<FerryError, "code" | "hint" | "details">): string | undefined {
  const entry = [details.reason, code].find((name): name is string => {
    return typeof name === "string" && Object.hasOwn(HINTS, name);
  });
  if (hint !== undefined || entry === undefined) return hint;
  const worded = HINTS[entry];
  return typeof worded === "function" ? worded(details) : worded;
}

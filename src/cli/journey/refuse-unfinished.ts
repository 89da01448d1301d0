import type { StatusAnswer } from "../../client/answers.ts";
import { FerryError } from "../../errors.ts";
import { bytes } from "../../numbers.ts";
import type { App } from "../places/app.ts";

/** Where the key stands. Bytes that have not all arrived are only known where they come from. */
export async function refuseUnfinished(
  { client }: App,
  key: string,
  signal: AbortSignal,
): Promise<StatusAnswer["status"]> {
  const found = await client.status(key, { signal });
  const { status, bytes: arrived, message } = found;
  if (status !== "uploading" && status !== "exporting") return found;
  const what = status === "uploading" ? "upload" : "export";
  const held = arrived === null ? "" : ` (${bytes(arrived)} so far)`;
  throw new FerryError("NOT_FOUND", `The ${what} of ${key} is not finished${held}; nothing was changed`, {
    hint: "Run the command that started it again, in the same directory: it sends what is missing.",
    details: { syncKey: key, status, message },
  });
}

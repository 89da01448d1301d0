import type { Refused } from "./send.ts";

export interface Shown {
  says?: string;
  done?: number;
  /** Null where nobody knows. */
  of?: number | null;
  /** When the work began, milliseconds since 1970: it is told how much longer it takes. */
  began?: number;
  failed?: Refused;
}

/** Tells in the form's own place how far its work is, or why it ended. */
export function show(form: ParentNode, { says, done, of, began, failed }: Shown): void {
  const place = form.querySelector<HTMLElement>("[data-working]");
  if (place === null) return;
  place.hidden = false;
  const line = place.querySelector<HTMLElement>("[data-says]");
  const bar = place.querySelector<HTMLProgressElement>("[data-bar]");
  if (line === null || bar === null) return;
  bar.hidden = failed !== undefined;
  if (done !== undefined && of) {
    bar.max = of;
    bar.value = done;
  } else bar.removeAttribute("value");
  line.replaceChildren(failed === undefined ? `${says ?? ""}${timeLeft(done, of, began)}` : failed.message);
  line.className = failed === undefined ? "" : "bad";
  if (failed?.hint !== undefined) line.append(document.createElement("br"), failed.hint);
}

/** Such as " About 12 s left."; nothing while it is too early to tell. */
function timeLeft(done = 0, of: number | null = null, began = Date.now()): string {
  const passed = Date.now() - began;
  if (of === null || done === 0 || done >= of || passed < 2000) return "";
  const seconds = Math.ceil((passed * (of - done)) / done / 1000);
  return ` About ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left.`;
}

import type { Refused } from "./send.ts";

export interface Shown {
  says?: string;
  /** What changes all the time, and is not read out. */
  figures?: string;
  done?: number;
  /** Null where nobody knows. */
  of?: number | null;
  /** How fast it went so far: it is told how much longer it takes. */
  pace?: Pace;
  /** Without a bar: nothing goes on. */
  stands?: boolean;
  failed?: Refused;
}

/** Tells in the form's own place how far its work is, or why it ended. */
export function show(form: ParentNode, shown: Shown): void {
  const { says = "", figures = "", done = 0, of = null, pace, failed, stands = failed !== undefined } = shown;
  const place = form.querySelector<HTMLElement>("[data-working]");
  const line = place?.querySelector<HTMLElement>("[data-says]");
  const beside = place?.querySelector<HTMLElement>("[data-figures]");
  const bar = place?.querySelector<HTMLProgressElement>("[data-bar]");
  if (!place || !line || !beside || !bar) return;
  place.hidden = false;
  bar.hidden = stands && of === null;
  if (of === null) bar.removeAttribute("value");
  else Object.assign(bar, { max: of, value: done });
  beside.textContent = `${figures} ${pace?.timeLeft(done, of) ?? ""}`.trim();
  const text = failed?.message ?? says;
  // What is said again is not read out again.
  if (line.textContent !== text) line.replaceChildren(text);
  line.className = failed === undefined ? "" : "bad";
  if (failed?.hint !== undefined) line.append(document.createElement("br"), failed.hint);
}

/** Milliseconds for which it is too early to tell how fast it goes. */
const EARLY = 2000;

/** How fast work goes, since it was begun or went on. Another phase of it begins anew. */
export class Pace {
  #since = { at: Date.now(), done: 0, of: 0 };
  #last = 0;

  /** So much is done of so much. Answers how much is done in a second; null while it is too early to tell. */
  perSecond(done: number, of: number): number | null {
    if (done < this.#last || of !== this.#since.of) this.#since = { at: Date.now(), done, of };
    this.#last = done;
    const passed = Date.now() - this.#since.at;
    return passed < EARLY || done === this.#since.done ? null : ((done - this.#since.done) * 1000) / passed;
  }

  /** Such as "About 12 s left."; nothing while it is too early to tell. */
  timeLeft(done: number, of: number | null): string {
    const speed = of === null ? null : this.perSecond(done, of);
    if (of === null || speed === null || done >= of) return "";
    const seconds = Math.ceil((of - done) / speed);
    return `About ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left.`;
  }
}

import { bytes, count } from "../../numbers.ts";
import { visible } from "../parts/visible.ts";
import { recognize } from "./recognize.ts";
import { Refused } from "./send.ts";
import { type FileMarks, isSameFile, type Memory, rememberUploads, type Unfinished } from "./unfinished.ts";
import { abort, askHeld, ifGone, missingOf, upload } from "./upload.ts";
import { Pace, show } from "./working.ts";

/** Milliseconds between two looks at the figures. */
const GLANCE = 500;

/** The file that was chosen, what tells it from others, and what stops its upload. */
interface Chosen {
  file: File;
  marks: FileMarks;
  stop: AbortController | null;
}

/** Uploads a file that is chosen or dropped, and opens the page of its key. */
export function wireUpload(root: ParentNode = document): void {
  for (const zone of root.querySelectorAll<HTMLElement>("[data-upload]")) new UploadForm(zone).wire();
}

class UploadForm {
  readonly #zone: HTMLElement;
  readonly #api: string;
  readonly #memory: Memory;
  #chosen: Chosen | null = null;
  /** A file is looked at, or uploaded. */
  #isBusy = false;

  constructor(zone: HTMLElement) {
    this.#zone = zone;
    this.#api = zone.dataset.upload ?? "";
    this.#memory = rememberUploads(this.#api);
  }

  wire(): void {
    const input = this.#find<HTMLInputElement>("input");
    input.disabled = false;
    input.addEventListener("change", () => {
      void this.#choose([...(input.files ?? [])]);
      // The same file can be chosen again.
      input.value = "";
    });
    this.#find("[data-toggle]").addEventListener("click", () => {
      if (this.#chosen?.stop) this.#chosen.stop.abort();
      else if (this.#chosen) void this.#run(this.#chosen);
    });
    this.#find("[data-cancel]").addEventListener("click", () => void this.#cancel());
    this.#takeDrops();
    // Another tab has begun, ended or cancelled it.
    addEventListener("storage", () => void this.#tellUnfinished());
    void this.#tellUnfinished();
  }

  /** Anywhere on the page: a file that misses its place would else be opened in place of the page. */
  #takeDrops(): void {
    const over = (isOver: boolean) => (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.#zone.classList.toggle("over", isOver);
    };
    document.addEventListener("dragover", over(true));
    document.addEventListener("dragleave", over(false));
    document.addEventListener("drop", (event) => {
      over(false)(event);
      void this.#choose([...(event.dataTransfer?.files ?? [])]);
    });
  }

  async #choose([file, ...others]: File[]): Promise<void> {
    if (file === undefined || this.#isBusy) return;
    this.#isBusy = true;
    try {
      if (others.length > 0) throw new Refused("One file at a time: nothing was sent.");
      const marks = await recognize(file);
      const begun = this.#memory.load();
      if (begun !== null && !isSameFile(begun.file, marks)) throw isAnother(marks, begun);
      this.#chosen = { file, marks, stop: null };
      await this.#run(this.#chosen);
    } catch (error) {
      this.#show({ failed: asRefused(error) });
      this.#controls();
    } finally {
      this.#isBusy = false;
    }
  }

  async #run(chosen: Chosen): Promise<void> {
    const { file, marks } = chosen;
    const name = visible(file.name);
    const stop = new AbortController();
    chosen.stop = stop;
    this.#controls();
    const pace = new Pace();
    let told = 0;
    const says = `Uploading ${name}.`;
    this.#show({ says });
    try {
      const key = await upload(file, marks, {
        api: this.#api,
        memory: this.#memory,
        signal: stop.signal,
        onWait: (why) => this.#show({ says: why }),
        onProgress: (done) => {
          if (Date.now() - told < GLANCE && done < file.size) return;
          told = Date.now();
          const speed = pace.perSecond(done, file.size);
          const figures = `${bytes(done)} of ${bytes(file.size)}${speed === null ? "" : `, ${bytes(Math.round(speed))} a second`}.`;
          this.#show({ says, figures, done, of: file.size, pace });
        },
      });
      this.#memory.clear();
      this.#show({ says: `${name} is here.`, done: 1, of: 1 });
      location.assign(this.#zone.dataset.opens + key);
    } catch (error) {
      chosen.stop = null;
      if (stop.signal.aborted) await this.#tellUnfinished();
      else this.#show({ failed: asRefused(error) });
      this.#controls();
    }
  }

  async #cancel(): Promise<void> {
    const begun = this.#memory.load();
    this.#chosen?.stop?.abort();
    this.#chosen = null;
    this.#memory.clear();
    this.#controls();
    try {
      if (begun !== null) await abort(begun, this.#calling());
      this.#show({ says: "Cancelled: nothing of it is kept.", stands: true });
    } catch (error) {
      this.#show({ failed: asRefused(error) });
    }
  }

  /** What was begun, here or in another tab, and not ended. */
  async #tellUnfinished(): Promise<void> {
    if (this.#chosen?.stop) return;
    const begun = this.#memory.load();
    this.#controls();
    if (begun === null) return;
    const name = visible(begun.file.name);
    const how = this.#chosen === null ? "Choose the same file to go on." : "Paused.";
    const held =
      begun.uploadId === null
        ? null
        : await askHeld(begun, this.#calling())
            .catch(ifGone)
            .catch(() => null);
    if (this.#chosen?.stop) return;
    if (held === null) return this.#show({ says: `The upload of ${name} was begun. ${how}`, stands: true });
    if (held.completed !== null) {
      this.#memory.clear();
      this.#controls();
      return this.#show({ says: `${name} is here already: see below.`, stands: true });
    }
    const all = Math.ceil(begun.file.size / held.chunkSize);
    const there = all - missingOf(begun.file.size, held).length;
    const says = `${count(there)} of ${count(all)} parts of ${name} are here. ${how}`;
    this.#show({ says, done: there, of: all, stands: true });
  }

  #controls(): void {
    const begun = this.#memory.load() !== null;
    this.#find("[data-controls]").hidden = !begun && this.#chosen === null;
    const toggle = this.#find("[data-toggle]");
    toggle.hidden = this.#chosen === null;
    toggle.textContent = this.#chosen?.stop ? "Pause" : "Resume";
    this.#find<HTMLInputElement>("input").disabled = this.#chosen?.stop !== null && this.#chosen !== null;
  }

  #calling() {
    return {
      api: this.#api,
      memory: this.#memory,
      signal: new AbortController().signal,
      onProgress() {},
      onWait: (says: string) => this.#show({ says }),
    };
  }

  #show(shown: Parameters<typeof show>[1]): void {
    show(this.#zone, shown);
  }

  #find<E extends HTMLElement>(selector: string): E {
    return this.#zone.querySelector(selector) as E;
  }
}

function isAnother(marks: FileMarks, begun: Unfinished): Refused {
  const [chosen, unfinished] = [visible(marks.name), visible(begun.file.name)];
  const isChanged = chosen === unfinished;
  return new Refused(
    isChanged
      ? `${chosen} is not as it was when its upload was begun. Nothing was sent.`
      : `The upload of ${unfinished} is not ended, and ${chosen} is another file. Nothing was sent.`,
    {
      hint: `Choose ${isChanged ? "it as it was" : unfinished} to go on, or cancel that upload and choose again.`,
    },
  );
}

function asRefused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof TypeError || error instanceof DOMException) {
    return new Refused("The connection is lost.", {
      hint: "What arrived is kept. Resume when it is there again.",
    });
  }
  return new Refused(String(error));
}

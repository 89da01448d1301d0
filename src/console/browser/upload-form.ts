import { bytes, count } from "../../numbers.ts";
import { visible } from "../parts/visible.ts";
import { recognize } from "./recognize.ts";
import { Refused } from "./send.ts";
import { type FileMarks, isSameFile, type Memory, rememberUploads, type Unfinished } from "./unfinished.ts";
import { abort, askHeld, missingOf, upload } from "./upload.ts";
import { Pace, type Shown, show } from "./working.ts";

/** Milliseconds between two looks at the figures. */
const GLANCE = 500;

/** Uploads a file that is chosen or dropped, and opens the page of its key. */
export function wireUpload(root: ParentNode = document): void {
  for (const zone of root.querySelectorAll<HTMLElement>("[data-upload]")) new UploadZone(zone).wire();
}

interface ChosenFile {
  file: File;
  marks: FileMarks;
}

/** The place of the page where files are chosen, and the upload that is under way or waits there. */
class UploadZone {
  readonly #zone: HTMLElement;
  readonly #api: string;
  readonly #memory: Memory;
  readonly #input: HTMLInputElement;
  readonly #toggle: HTMLElement;
  #chosen: ChosenFile | null = null;
  /** What stops the upload that is under way. */
  #running: AbortController | null = null;
  #isLooking = false;

  constructor(zone: HTMLElement) {
    this.#zone = zone;
    this.#api = new URL(zone.dataset.upload ?? "", location.href).href;
    this.#memory = rememberUploads(this.#api);
    this.#input = this.#find<HTMLInputElement>("input");
    this.#toggle = this.#find("[data-toggle]");
  }

  wire(): void {
    const input = this.#input;
    input.disabled = false;
    input.addEventListener("change", () => {
      void this.#choose([...(input.files ?? [])]);
      // So that the same file can be chosen again.
      input.value = "";
    });
    this.#toggle.addEventListener("click", () => {
      if (this.#running !== null) this.#running.abort();
      else if (this.#chosen !== null) void this.#run(this.#chosen);
    });
    this.#find("[data-cancel]").addEventListener("click", () => void this.#giveUp());
    wireDrops(this.#zone, (files) => void this.#choose(files));
    addEventListener("storage", ({ key }) => {
      if (key !== this.#memory.name) return;
      if (this.#running === null && this.#chosen === null) this.#find("[data-working]").hidden = true;
      void this.#tellUnfinished();
    });
    void this.#tellUnfinished();
  }

  #find<E extends HTMLElement>(selector: string): E {
    return this.#zone.querySelector<E>(selector) as E;
  }

  #tell(shown: Shown): void {
    show(this.#zone, shown);
  }

  #calling() {
    return {
      api: this.#api,
      memory: this.#memory,
      signal: new AbortController().signal,
      onWait: (says: string) => this.#tell({ says }),
    };
  }

  #arrange(): void {
    const running = this.#running !== null;
    this.#find("[data-controls]").hidden = this.#chosen === null && this.#memory.load() === null;
    this.#toggle.hidden = this.#chosen === null;
    this.#toggle.textContent = running ? "Pause" : "Resume";
    this.#find("[data-choice]").hidden = running;
    if (running && document.activeElement === document.body) this.#toggle.focus();
  }

  async #choose([file, ...others]: File[]): Promise<void> {
    if (file === undefined || this.#isLooking || this.#running !== null) return;
    this.#isLooking = true;
    try {
      if (others.length > 0) throw new Refused("One file at a time. Nothing was sent.");
      const marks = await recognize(file);
      const begun = this.#memory.load();
      if (begun !== null && !isSameFile(begun.file, marks)) throw isAnother(marks, begun);
      this.#chosen = { file, marks };
      void this.#run(this.#chosen);
    } catch (error) {
      this.#tell({ failed: asRefused(error) });
    } finally {
      this.#isLooking = false;
    }
  }

  async #run({ file, marks }: ChosenFile): Promise<void> {
    const stop = new AbortController();
    this.#running = stop;
    this.#arrange();
    const says = `Uploading ${visible(file.name)}.`;
    this.#tell({ says });
    const onProgress = figuring(file.size, (shown) => this.#tell({ says, ...shown }));
    try {
      const key = await upload(file, marks, { ...this.#calling(), signal: stop.signal, onProgress });
      this.#memory.clear();
      this.#chosen = null;
      this.#tell({ says: `${visible(file.name)} is here.` });
      location.assign((this.#zone.dataset.opens ?? "") + key);
    } catch (error) {
      if (!stop.signal.aborted) this.#tell({ failed: asRefused(error) });
    }
    this.#running = null;
    this.#arrange();
    if (stop.signal.aborted) await this.#tellUnfinished();
  }

  async #giveUp(): Promise<void> {
    const begun = this.#memory.load();
    this.#memory.clear();
    this.#chosen = null;
    this.#running?.abort();
    this.#arrange();
    this.#input.focus();
    try {
      if (begun !== null) await abort(begun, this.#calling());
      this.#tell({ says: "Cancelled: nothing of it is kept.", stands: true });
    } catch (error) {
      this.#tell({ failed: asRefused(error) });
    }
  }

  /** What was begun, here or in another tab, and not ended. */
  async #tellUnfinished(): Promise<void> {
    const begun = this.#memory.load();
    if (this.#running !== null) return;
    this.#arrange();
    if (begun === null) return;
    const how = this.#chosen === null ? "Choose the same file to go on." : "Paused.";
    const shown = await this.#describe(begun, how);
    if (this.#running === null && this.#memory.load()?.key === begun.key)
      this.#tell({ ...shown, stands: true });
  }

  async #describe(begun: Unfinished, how: string): Promise<Shown> {
    const { size, ...file } = begun.file;
    const name = visible(file.name);
    const held = begun.uploadId === null ? null : await askHeld(begun, this.#calling()).catch(() => null);
    if (held === null) return { says: `The upload of ${name} was begun. ${how}` };
    const of = Math.ceil(size / held.chunkSize);
    const done = held.completed === null ? of - missingOf(size, held).length : of;
    return { says: `${count(done)} of ${count(of)} parts of ${name} are here. ${how}`, done, of };
  }
}

/** Tells how far it is, and how fast it goes, as often as can be read. */
function figuring(of: number, tell: (shown: Shown) => void): (done: number) => void {
  const pace = new Pace();
  let told = 0;
  return (done) => {
    if (Date.now() - told < GLANCE && done < of) return;
    told = Date.now();
    const speed = pace.perSecond(done, of);
    const rate = speed === null ? "" : `, ${bytes(Math.round(speed))} a second`;
    tell({ figures: `${bytes(done)} of ${bytes(of)}${rate}.`, done, of, pace });
  };
}

/** Anywhere on the page: a file that misses its place would else be opened in place of the page. */
function wireDrops(zone: HTMLElement, choose: (files: File[]) => unknown): void {
  for (const name of ["dragover", "dragleave", "drop"] as const) {
    document.addEventListener(name, (event) => {
      const { dataTransfer } = event;
      if (!dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop") choose([...dataTransfer.files]);
    });
  }
}

function isAnother(marks: FileMarks, begun: Unfinished): Refused {
  const [chosen, unfinished] = [visible(marks.name), visible(begun.file.name)];
  return chosen === unfinished
    ? new Refused(`${chosen} is not as it was when its upload was begun. Nothing was sent.`, {
        hint: "Cancel that upload, and choose the file again.",
      })
    : new Refused(`${chosen} is another file than ${unfinished}, whose upload was begun. Nothing was sent.`, {
        hint: `Choose ${unfinished} to go on, or cancel its upload first.`,
      });
}

function asRefused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const isLost = error instanceof TypeError || error instanceof DOMException;
  return new Refused(isLost ? "The connection is lost." : String(error), {
    hint: "What arrived is kept. Resume it when you like.",
  });
}

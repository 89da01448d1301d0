import { bytes, count } from "../../numbers.ts";
import { visible } from "../parts/visible.ts";
import { recognize } from "./recognize.ts";
import { Refused } from "./send.ts";
import { type FileMarks, isSameFile, rememberUploads, type Unfinished } from "./unfinished.ts";
import { abort, askHeld, missingOf, upload } from "./upload.ts";
import { Pace, type Shown, show } from "./working.ts";

/** Milliseconds between two looks at the figures. */
const GLANCE = 500;

/** Uploads a file that is chosen or dropped, and opens the page of its key. */
export function wireUpload(root: ParentNode = document): void {
  for (const zone of root.querySelectorAll<HTMLElement>("[data-upload]")) wireZone(zone);
}

function wireZone(zone: HTMLElement): void {
  const { upload: beside = "", opens = "" } = zone.dataset;
  const api = new URL(beside, location.href).href;
  const memory = rememberUploads(api);
  const find = <E extends HTMLElement>(selector: string) => zone.querySelector<E>(selector) as E;
  const [input, choice, controls] = [
    find<HTMLInputElement>("input"),
    find("[data-choice]"),
    find("[data-controls]"),
  ];
  const [toggle, cancel] = [find("[data-toggle]"), find("[data-cancel]")];
  const tell = (shown: Shown) => show(zone, shown);
  const calling = () => ({
    api,
    memory,
    signal: new AbortController().signal,
    onWait: (says: string) => tell({ says }),
  });

  let chosen: { file: File; marks: FileMarks } | null = null;
  /** What stops the upload that is under way. */
  let running: AbortController | null = null;
  let isLooking = false;

  function arrange(): void {
    controls.hidden = chosen === null && memory.load() === null;
    toggle.hidden = chosen === null;
    toggle.textContent = running === null ? "Resume" : "Pause";
    choice.hidden = running !== null;
    if (running !== null && document.activeElement === document.body) toggle.focus();
  }

  async function choose([file, ...others]: File[]): Promise<void> {
    if (file === undefined || isLooking || running !== null) return;
    isLooking = true;
    try {
      if (others.length > 0) throw new Refused("One file at a time. Nothing was sent.");
      const marks = await recognize(file);
      const begun = memory.load();
      if (begun !== null && !isSameFile(begun.file, marks)) throw isAnother(marks, begun);
      chosen = { file, marks };
      void run(chosen);
    } catch (error) {
      tell({ failed: asRefused(error) });
    } finally {
      isLooking = false;
    }
  }

  async function run({ file, marks }: NonNullable<typeof chosen>): Promise<void> {
    const stop = new AbortController();
    running = stop;
    arrange();
    const says = `Uploading ${visible(file.name)}.`;
    tell({ says });
    const onProgress = figuring(file.size, (shown) => tell({ says, ...shown }));
    try {
      const key = await upload(file, marks, { ...calling(), signal: stop.signal, onProgress });
      memory.clear();
      chosen = null;
      tell({ says: `${visible(file.name)} is here.` });
      location.assign(opens + key);
    } catch (error) {
      if (!stop.signal.aborted) tell({ failed: asRefused(error) });
    }
    running = null;
    arrange();
    if (stop.signal.aborted) await tellUnfinished();
  }

  async function giveUp(): Promise<void> {
    const begun = memory.load();
    memory.clear();
    chosen = null;
    running?.abort();
    arrange();
    input.focus();
    try {
      if (begun !== null) await abort(begun, calling());
      tell({ says: "Cancelled: nothing of it is kept.", stands: true });
    } catch (error) {
      tell({ failed: asRefused(error) });
    }
  }

  /** What was begun, here or in another tab, and not ended. */
  async function tellUnfinished(): Promise<void> {
    const begun = memory.load();
    if (running !== null) return;
    arrange();
    if (begun === null) return;
    const shown = await describe(begun, chosen === null ? "Choose the same file to go on." : "Paused.");
    if (running === null && memory.load()?.key === begun.key) tell({ ...shown, stands: true });
  }

  async function describe(begun: Unfinished, how: string): Promise<Shown> {
    const { size, ...file } = begun.file;
    const name = visible(file.name);
    const held = begun.uploadId === null ? null : await askHeld(begun, calling()).catch(() => null);
    if (held === null) return { says: `The upload of ${name} was begun. ${how}` };
    const of = Math.ceil(size / held.chunkSize);
    const done = held.completed === null ? of - missingOf(size, held).length : of;
    return { says: `${count(done)} of ${count(of)} parts of ${name} are here. ${how}`, done, of };
  }

  input.disabled = false;
  input.addEventListener("change", () => {
    void choose([...(input.files ?? [])]);
    // So that the same file can be chosen again.
    input.value = "";
  });
  toggle.addEventListener("click", () => {
    if (running !== null) running.abort();
    else if (chosen !== null) void run(chosen);
  });
  cancel.addEventListener("click", () => void giveUp());
  wireDrops(zone, choose);
  addEventListener("storage", ({ key }) => {
    if (key !== memory.name) return;
    if (running === null && chosen === null) find("[data-working]").hidden = true;
    void tellUnfinished();
  });
  void tellUnfinished();
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

import { createClient, FerryError } from "d1-ferry/client";
import { continueRun, count, deletesOf, type Plan, type Results, type RunView } from "./continue-run.ts";

/** Lets the buttons with a `data-continue` key open the dialog, and drive that run in it. */
export function wireRunDialog(base: string): void {
  const client = createClient({ baseUrl: location.origin + base });
  const dialog = element(document, "#run", HTMLDialogElement);
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-continue]")) {
    button.addEventListener("click", () => open(button.dataset.continue ?? ""));
  }
  element(dialog, "[data-close]", HTMLButtonElement).addEventListener("click", () => dialog.close());

  async function open(key: string): Promise<void> {
    const stop = new AbortController();
    const view = createView(dialog, key);
    dialog.addEventListener("close", () => stop.abort(), { once: true });
    dialog.showModal();
    try {
      await continueRun(client, key, view, stop.signal);
      // The table behind the dialog is of before.
      dialog.addEventListener("close", () => location.reload(), { once: true });
    } catch (error) {
      if (!stop.signal.aborted) view.failed(error);
    }
  }
}

function createView(dialog: HTMLDialogElement, key: string): RunView & { failed(error: unknown): void } {
  const state = element(dialog, "[data-state]", HTMLElement);
  const bar = element(dialog, "progress", HTMLProgressElement);
  const plan = element(dialog, "[data-plan]", HTMLElement);
  const form = element(dialog, "form", HTMLFormElement);
  const typed = element(form, "input", HTMLInputElement);
  const apply = element(form, "button", HTMLButtonElement);
  const hint = element(dialog, "[data-hint]", HTMLElement);
  element(dialog, "[data-key]", HTMLElement).textContent = key;
  plan.replaceChildren();
  form.hidden = true;
  hint.hidden = false;
  say("", "");

  function say(text: string, kind: "" | "good" | "bad"): void {
    state.textContent = text;
    state.className = kind;
    bar.hidden = kind !== "" || text === "";
  }

  return {
    progress(text, fraction) {
      say(`${text.charAt(0).toUpperCase()}${text.slice(1)} …`, "");
      if (fraction === null) bar.removeAttribute("value");
      else bar.value = fraction;
    },
    confirm(planned, notes) {
      const deletes = deletesOf(planned);
      say("This is what it would do. Nothing is changed yet.", "");
      bar.hidden = true;
      const written = `${count(planned.rowsWritten)} rows written, indexes counted`;
      plan.replaceChildren(planTable(planned), ...[written, planned.reason, ...notes].map(paragraph));
      const question = element(form, "[data-question]", HTMLElement);
      question.hidden = deletes === 0;
      element(form, "[data-deletes]", HTMLElement).textContent =
        `This deletes ${count(deletes)} ${deletes === 1 ? "row" : "rows"}. Type ${location.host} to go on.`;
      typed.value = "";
      const check = () => {
        apply.disabled = deletes > 0 && typed.value.trim() !== location.host;
      };
      typed.oninput = check;
      check();
      form.hidden = false;
      (deletes > 0 ? typed : apply).focus();
      return new Promise((decide) => {
        form.onsubmit = (event) => {
          event.preventDefault();
          form.hidden = true;
          decide(true);
        };
        dialog.addEventListener("close", () => decide(false), { once: true });
      });
    },
    completed(results, message) {
      if (results !== null) plan.replaceChildren(resultTable(results));
      hint.hidden = true;
      say(`Completed. ${message}`, "good");
    },
    declined() {
      say("Not confirmed: nothing was changed.", "");
      bar.hidden = true;
    },
    failed(error) {
      const hint = error instanceof FerryError && error.hint ? ` ${error.hint}` : "";
      say(`${error instanceof Error ? error.message : String(error)}${hint}`, "bad");
      form.hidden = true;
    },
  };
}

function planTable({ tables }: Plan): HTMLTableElement {
  return numbersTable(
    ["Table", "Insert", "Update", "Unchanged", "Delete"],
    Object.entries(tables).map(([name, one]) => [
      name,
      count(one.inserted),
      count(one.updated),
      count(one.unchanged),
      one.deleted === 0 ? "0" : `${count(one.deleted)} of ${count(one.live)}`,
    ]),
  );
}

function resultTable(results: Results): HTMLTableElement {
  return numbersTable(
    ["Table", "Inserted", "Updated", "Unchanged", "Deleted"],
    Object.entries(results).map(([name, one]) => [
      name,
      ...[one.inserted, one.updated, one.unchanged, one.deleted].map(count),
    ]),
  );
}

function numbersTable(titles: readonly string[], rows: readonly string[][]): HTMLTableElement {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const [i, title] of titles.entries()) head.append(cell("th", title, i > 0, "col"));
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [i, text] of row.entries()) line.append(cell(i === 0 ? "th" : "td", text, i > 0, "row"));
  }
  return table;
}

function cell(name: "th" | "td", text: string, number: boolean, scope: string): HTMLTableCellElement {
  const made = document.createElement(name);
  made.textContent = text;
  if (number) made.className = "number";
  if (name === "th") made.scope = scope;
  return made;
}

function paragraph(text: string): HTMLParagraphElement {
  const made = document.createElement("p");
  made.textContent = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, ".");
  return made;
}

function element<T extends Element>(parent: ParentNode, selector: string, type: new () => T): T {
  const found = parent.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${selector}`);
}

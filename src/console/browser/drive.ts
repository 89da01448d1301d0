import { type Answered, Refused, sendForm } from "./send.ts";
import { Pace, show } from "./working.ts";

const driven = new WeakSet<Element>();

/** Whether this tab is at the form's work: then what others do need not be asked. */
export const isDriven = (form: Element): boolean => driven.has(form);

/** Sends a form until what it asks for is done, and opens where the outcome is shown. */
export function wireForms(root: ParentNode = document): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-drive]")) {
    wireConfirmation(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!isDriven(form)) void drive(form);
    });
  }
}

/** The button is there once the name that has to be typed is typed. */
function wireConfirmation(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("[data-expect]");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (field === null || button === null) return;
  const check = () => {
    button.disabled = field.value.trim() !== field.dataset.expect;
  };
  field.addEventListener("input", check);
  check();
}

async function drive(form: HTMLFormElement): Promise<void> {
  driven.add(form);
  const sent = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const fields = form.querySelectorAll<HTMLInputElement | HTMLButtonElement>("input, select, button");
  const enabled = [...fields].filter((field) => !field.disabled);
  for (const field of enabled) field.disabled = true;
  const pace = new Pace();
  try {
    show(form, { says: "Working …" });
    let answer: Answered;
    do {
      answer = await sendForm(form.action, sent, (says) => show(form, { says }));
      show(form, { says: answer.message ?? "Working …", ...answer.progress, pace });
    } while (answer.status === "processing");
    location.assign(answer.goTo);
  } catch (error) {
    for (const field of enabled) field.disabled = false;
    show(form, { failed: error instanceof Refused ? error : new Refused(String(error)) });
    offerReload(form);
    driven.delete(form);
    await refreshHeadline();
  }
}

/** How the run stands is what the server says now; where it says nothing, the page stays as it is. */
async function refreshHeadline(): Promise<void> {
  try {
    const text = await (await fetch(location.href)).text();
    // Not its head: the style there has a nonce of its own, which this page's policy does not let in.
    const told = new DOMParser().parseFromString(text.slice(text.indexOf("<main")), "text/html");
    const [old, now] = [document, told].map((one) => one.querySelector("[data-standing]"));
    if (!old || !now) return;
    old.replaceChildren(...now.childNodes);
    document.title = document.title.replace(/^[^·]+/, `${old.textContent} `);
  } catch {
    // Whoever failed for want of a connection is told so already.
  }
}

/** What the page says of the run is of before. */
function offerReload(form: HTMLFormElement): void {
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Show how it stands now";
  form.querySelector("[data-says]")?.append(document.createElement("br"), link);
}

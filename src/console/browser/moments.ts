const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Says moments in the reader's own time and words. */
export function sayMoments(root: ParentNode = document): void {
  for (const one of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = new Date(one.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if ("moment" in one.dataset) one.textContent = whole.format(at);
    if ("time" in one.dataset) one.textContent = time.format(at);
    one.title = whole.format(at);
  }
}

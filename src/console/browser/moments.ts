const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Such as "2026-11-30", which is how Swedes write it, where the reader is. */
const isoDay = new Intl.DateTimeFormat("sv-SE");

/** Says moments in the reader's own time and words; of a list by days only the time, unless it is another day there. */
export function sayMoments(root: ParentNode = document): void {
  for (const one of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = new Date(one.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if ("moment" in one.dataset) one.textContent = whole.format(at);
    const { time: day } = one.dataset;
    if (day !== undefined) one.textContent = (isoDay.format(at) === day ? time : minute).format(at);
    one.title = whole.format(at);
  }
}

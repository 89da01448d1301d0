import { type RunProgress, tellPhase } from "../parts/progress.ts";
import { isDriven } from "./drive.ts";
import { Refused, readAnswer } from "./send.ts";
import { Pace, show } from "./working.ts";

/** Milliseconds between two looks: the first, the longest, and how many times as long as the one before each is. */
const LOOKS = { first: 2000, longest: 10_000, factor: 1.25 };

interface Answer {
  status: { status: string; phase?: string | null; message: string; progress: RunProgress };
}

/** Tells how far others are with what the page shows, while somebody looks. Once it is something else, the page is loaded again. */
export function wireWatches(root: ParentNode = document): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-watch]")) void watch(place);
}

async function watch(place: HTMLElement): Promise<void> {
  const { watch: url = "", phase: was } = place.dataset;
  const pace = new Pace();
  for (let wait = LOOKS.first; ; wait = Math.min(LOOKS.longest, wait * LOOKS.factor)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden) await becomesVisible();
    if (isDriven(place)) continue;
    const answer = await look(url);
    if (answer === "unknown") continue;
    if (isDriven(place)) continue;
    const { phase, progress, message, status } = answer?.status ?? {};
    if (answer === null || ((phase ?? status) !== was && phase !== "verifying")) return location.reload();
    show(place, phase && progress ? { ...tellPhase(phase, progress), pace } : { says: message ?? "" });
  }
}

/** How it stands; null where the app will not say, "unknown" where it does not answer. */
async function look(url: string): Promise<Answer | null | "unknown"> {
  try {
    return await readAnswer<Answer>(await fetch(url));
  } catch (error) {
    return error instanceof Refused ? null : "unknown";
  }
}

function becomesVisible(): Promise<unknown> {
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

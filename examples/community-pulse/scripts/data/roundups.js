import { DAY, FIRST_DAY } from "./content.js";
import { ROUNDUP_SECTIONS } from "./words.js";

export function makeRoundups(firstId, count) {
  return Array.from({ length: count }, (_, index) => {
    const id = firstId + index;
    const weekStart = FIRST_DAY + 44 * 7 * DAY;
    return {
      id,
      slug: `weekly-roundup-${id}`,
      title: `Community roundup №${id}`,
      intro:
        "The sites, questions and small tricks that people talked about this week.\n\nThanks for making them 💙",
      week_start: weekStart,
      status: "published",
      published_at: weekStart + 5 * DAY,
    };
  });
}

/** The best candidates, section by section. */
export function makeRoundupItems(firstId, perRoundup, roundups, items) {
  const best = items
    .filter((item) => item.in_roundup === 1 && item.title !== null)
    .sort((a, b) => b.roundup_score - a.roundup_score || a.id - b.id)
    .slice(0, perRoundup);
  return roundups.flatMap((roundup, which) =>
    best.map((item, index) => ({
      id: firstId + which * perRoundup + index,
      roundup_id: roundup.id,
      content_id: item.id,
      position: index + 1,
      section: ROUNDUP_SECTIONS[Math.floor((index * ROUNDUP_SECTIONS.length) / perRoundup)],
      headline: item.title,
      blurb: item.roundup_note,
    })),
  );
}

import { DAY, FIRST_DAY } from "./content.js";
import { writeInsight } from "./texts.js";
import { TOPICS } from "./words.js";

const WEEK = 7 * DAY;
const KINDS = { trend: 5, pain_point: 4, feature_request: 3, praise: 2, opportunity: 2 };

/** One generation a week, over the last weeks of the data; the last one is still running. */
export function makeGenerations(random, firstId, count) {
  return Array.from({ length: count }, (_, index) => {
    const end = FIRST_DAY + (45 - count + index) * WEEK;
    const running = index === count - 1;
    return {
      id: firstId + index,
      generated_at: end + random.integer(1, 90) * 60,
      period_start: end - WEEK,
      period_end: end,
      model: "topic-miner-2",
      items_analyzed: random.integer(150, 260),
      status: running ? "running" : "completed",
      summary: running
        ? null
        : `Week ${index + 1}: “${random.pick(TOPICS)}” overtook “${random.pick(TOPICS)}”.`,
    };
  });
}

export function makeInsights(random, firstId, count, generations, items) {
  return Array.from({ length: count }, (_, index) => {
    const generation = generations[Math.floor((index * generations.length) / count)];
    const topic = random.pick(TOPICS);
    const { title, body } = writeInsight(random, topic);
    const evidence = Array.from({ length: random.integer(3, 9) }, () => random.pick(items).id);
    return {
      id: firstId + index,
      generation_id: generation.id,
      kind: random.weighted(KINDS),
      title,
      body,
      topic: random.chance(0.9) ? topic : null,
      confidence: random.real(0.5, 1, 2),
      evidence: JSON.stringify([...new Set(evidence)]),
      created_at: generation.generated_at + index,
    };
  });
}

import { FAMILY_NAMES, GIVEN_NAMES, HANDLE_WORDS, NATIVE_NAMES, PLATFORMS } from "./words.js";

const ID_PREFIX = { reddit: "t2_", forum: "u", youtube: "UC", bluesky: "did:plc:", hackernews: "" };

/** A short text that no other number maps to: multiplying by an odd number permutes 32 bits. */
export const opaqueId = (number) => (Math.imul(number, 2654435761) >>> 0).toString(36).padStart(7, "0");

function handle(random) {
  const words = random.sample(HANDLE_WORDS, 2);
  const tail = random.chance(0.6) ? String(random.integer(1, 9999)) : "";
  return words.join(random.pick(["", "_", "-", "."])) + tail;
}

function displayName(random) {
  if (random.chance(0.4)) return null;
  if (random.chance(0.03)) return random.pick(NATIVE_NAMES);
  const emoji = random.chance(0.04) ? ` ${random.pick(["✨", "🎨", "🏳️‍🌈", "👩🏾‍💻", "☕"])}` : "";
  return `${random.pick(GIVEN_NAMES)} ${random.pick(FAMILY_NAMES)}${emoji}`;
}

/** Who the authors are. What they did (counts, dates, scores) is added once the items exist. */
export function makeAuthors(random, firstId, count) {
  return Array.from({ length: count }, (_, index) => {
    const id = firstId + index;
    const platform = random.weighted(PLATFORMS);
    const platformId = ID_PREFIX[platform] + opaqueId(id);
    const hasAvatar = random.chance(0.12);
    return {
      id,
      platform,
      platform_id: platformId,
      username: handle(random),
      display_name: displayName(random),
      avatar_url: hasAvatar ? `https://img.example/${platform}/${opaqueId(id)}.webp` : null,
      first_seen: 0,
      last_seen: 0,
      post_count: 0,
      high_quality_count: 0,
      total_engagement: 0,
      contributor_score: 0,
      is_webflow_staff: random.chance(0.012) ? 1 : 0,
      subreddits: null,
    };
  });
}

/** Fills in what an author's items say about the author. */
export function tallyAuthors(authors, items) {
  const byId = new Map(authors.map((author) => [author.id, { author, subreddits: new Set() }]));
  for (const item of items) {
    const entry = byId.get(item.author_id);
    if (entry === undefined) continue;
    const { author, subreddits } = entry;
    author.first_seen =
      author.post_count === 0 ? item.created_at : Math.min(author.first_seen, item.created_at);
    author.last_seen = Math.max(author.last_seen, item.created_at);
    author.post_count += 1;
    author.total_engagement += Math.round(item.engagement_score);
    if ((item.quality_score ?? 0) >= 0.75) author.high_quality_count += 1;
    if (item.subreddit !== null) subreddits.add(item.subreddit);
  }
  for (const { author, subreddits } of byId.values()) {
    const quality = author.high_quality_count / author.post_count;
    const reach = author.total_engagement / (author.total_engagement + 250);
    const constancy = author.post_count / (author.post_count + 2);
    author.contributor_score = Math.round((quality * 30 + reach * 30 + constancy * 40) * 100) / 100;
    author.subreddits = subreddits.size > 0 ? JSON.stringify([...subreddits]) : null;
  }
}

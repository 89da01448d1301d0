import { opaqueId } from "./authors.js";
import { writePost, writeReply, writeSummary } from "./texts.js";
import { FLAGS, FLAIRS, ROUNDUP_SECTIONS, SHOWCASE_CATEGORIES, SUBREDDITS, TOOLS, TOPICS } from "./words.js";

/** 6 January 2025, the Monday on which the crawler of this story was switched on. */
export const FIRST_DAY = 1_736_121_600;
export const DAY = 86_400;
const DAYS = 315;

const CLASSIFICATIONS = { question: 38, discussion: 22, showcase: 14, bug: 12, tip: 10, news: 4 };
const ID_PREFIX = { reddit: "t3_", forum: "", youtube: "v", bluesky: "3l", hackernews: "" };
const POST_TYPE = { reddit: "post", forum: "topic", youtube: "video", bluesky: "post", hackernews: "story" };

/** How many posts are a title with a link or a clip, and no text. */
const LINK_ONLY = { reddit: 0.4, forum: 0, youtube: 0.5, bluesky: 0.1, hackernews: 0.8 };

function link(platform, platformId) {
  if (platform === "reddit") return `https://redd.example/${platformId.slice(3)}`;
  if (platform === "youtube") return `https://video.example/?v=${platformId}&t=0`;
  if (platform === "bluesky") return `https://social.example/${platformId}`;
  if (platform === "hackernews") return `https://news.example/?id=${platformId}`;
  return `https://forum.example/t/${platformId}`;
}

function makeItem(random, id, author, keepAuthor, createdAt, parent) {
  const { platform } = author;
  const classification = random.weighted(CLASSIFICATIONS);
  const platformId = ID_PREFIX[platform] + opaqueId(id);
  const subreddit = platform === "reddit" ? (parent?.subreddit ?? random.pick(SUBREDDITS)) : null;
  const { title, body } = parent
    ? { title: null, body: writeReply(random) }
    : writePost(random, classification);
  const headline = platform === "bluesky" ? null : title;
  const analysed = random.chance(parent ? 0.35 : 0.97);
  const quality = analysed ? random.real(0.05, 0.99) : null;
  const showcase = classification === "showcase" && parent === undefined && random.chance(0.35);
  const candidate = (quality ?? 0) > 0.8 && headline !== null && random.chance(0.3);
  const classificationConfidence = analysed ? random.real(0.4, 1, 2) : null;
  const list = (chance, words, most) =>
    random.chance(chance) ? JSON.stringify(random.sample(words, random.integer(1, most))) : null;
  return {
    id,
    platform,
    platform_id: platformId,
    type: parent ? "comment" : POST_TYPE[platform],
    title: headline,
    body: parent === undefined && random.chance(LINK_ONLY[platform]) ? null : body,
    url: parent ? null : link(platform, platformId),
    subreddit,
    flair: platform === "reddit" && random.chance(0.5) ? random.pick(FLAIRS) : null,
    author_id: keepAuthor ? author.id : null,
    parent_id: parent?.platform_id ?? null,
    created_at: createdAt,
    ingested_at: createdAt + random.integer(60, 7200),
    sentiment: analysed ? random.weighted({ positive: 38, neutral: 40, negative: 18, mixed: 4 }) : null,
    sentiment_confidence: analysed ? random.real(0.35, 1, 2) : null,
    classification: analysed ? classification : null,
    classification_confidence: classificationConfidence,
    needs_review: classificationConfidence !== null && classificationConfidence < 0.5 ? 1 : 0,
    engagement_score: random.skewed(parent ? 300 : 9000) / 2,
    keywords: list(0.1, TOPICS, 3),
    flags: list(0.07, FLAGS, 2),
    topics: list(parent ? 0.1 : 0.9, TOPICS, 2),
    summary: analysed && random.chance(0.08) ? writeSummary(random) : null,
    quality_score: quality,
    is_showcase: showcase ? 1 : 0,
    showcase_score: showcase ? random.real(0.5, 1) : null,
    showcase_tag: showcase ? random.pick(SHOWCASE_CATEGORIES) : null,
    showcase_note: showcase
      ? random.pick(["Original layout", "Fast on slow phones", "Does “less, but better”"])
      : null,
    in_roundup: candidate ? 1 : 0,
    roundup_score: candidate ? random.real(0.6, 1) : null,
    roundup_section: candidate ? random.pick(ROUNDUP_SECTIONS) : null,
    roundup_note: candidate ? writeSummary(random) : null,
    mentioned_tools: list(0.2, TOOLS, 2),
    audience_relevance: analysed ? random.real(0, 1, 2) : null,
  };
}

/**
 * Every author wrote at least one item; the rest went to the busiest tenth, a few of them to accounts that
 * are gone. More than half are replies to something recent on the same platform.
 */
export function makeItems(random, firstId, count, authors) {
  const recent = new Map();
  const items = [];
  for (let index = 0; index < count; index += 1) {
    const own = index < authors.length;
    const author = own ? authors[index] : authors[random.integer(0, Math.floor(authors.length / 10))];
    const createdAt = FIRST_DAY + Math.floor(random.next() * DAYS * DAY);
    const posts = recent.get(author.platform) ?? [];
    const parent = posts.length > 0 && random.chance(0.56) ? random.pick(posts) : undefined;
    const after = parent ? parent.created_at + random.integer(1, 2880) * 60 : createdAt;
    const item = makeItem(random, firstId + index, author, own || random.chance(0.9), after, parent);
    items.push(item);
    if (parent === undefined) recent.set(author.platform, [...posts.slice(-40), item]);
  }
  return items;
}

/** Most items were measured once, some never, the popular ones several times. */
export function makeSnapshots(random, firstId, count, items) {
  const once = Math.floor(count * 0.86);
  const targets = Array.from({ length: count }, (_, index) =>
    index < once ? items[Math.floor((index * items.length) / once)] : random.pick(items),
  );
  const snapshots = targets.map((item) => ({
    id: 0,
    content_id: item.id,
    taken_at: item.ingested_at + random.integer(1, 240) * 3600,
    score: Math.round(item.engagement_score * random.real(0.5, 1)) - random.integer(0, 3),
    comments: random.skewed(300),
    views: item.platform === "reddit" ? null : random.skewed(250_000),
    upvote_ratio: item.platform === "reddit" ? random.real(0.4, 1, 2) : null,
  }));
  snapshots.sort((a, b) => a.taken_at - b.taken_at || a.content_id - b.content_id);
  for (const [index, snapshot] of snapshots.entries()) snapshot.id = firstId + index;
  return snapshots;
}

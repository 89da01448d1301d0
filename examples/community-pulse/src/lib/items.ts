import { all, first } from "./database.ts";

export interface ItemSummary {
  id: number;
  platform: string;
  type: string;
  title: string | null;
  body: string | null;
  created_at: number;
  sentiment: string | null;
  engagement_score: number;
  author: string | null;
}

const SUMMARY = `
  SELECT c.id, c.platform, c.type, c.title, c.body, c.created_at, c.sentiment, c.engagement_score,
    coalesce(a.display_name, a.username) AS author
  FROM content_items c LEFT JOIN authors a ON a.id = c.author_id`;

export const PAGE_SIZE = 25;

export const topItems = (count: number) =>
  all<ItemSummary>(`${SUMMARY} ORDER BY c.engagement_score DESC, c.id LIMIT ?1`, count);

/** One page of items, newest first, of one platform or of all. Pages count from 1. */
export const itemsPage = (page: number, platform: string | null) =>
  all<ItemSummary>(
    `${SUMMARY} WHERE ?1 IS NULL OR c.platform = ?1 ORDER BY c.created_at DESC, c.id DESC LIMIT ?2 OFFSET ?3`,
    platform,
    PAGE_SIZE,
    (page - 1) * PAGE_SIZE,
  );

export const repliesTo = (platform: string, platformId: string) =>
  all<ItemSummary>(
    `${SUMMARY} WHERE c.platform = ?1 AND c.parent_id = ?2 ORDER BY c.created_at LIMIT 50`,
    platform,
    platformId,
  );

export const platformCounts = () =>
  all<{ platform: string; items: number }>(
    "SELECT platform, count(*) AS items FROM content_items GROUP BY platform ORDER BY items DESC",
  );

export interface Item extends ItemSummary {
  platform_id: string;
  parent_id: string | null;
  url: string | null;
  subreddit: string | null;
  flair: string | null;
  author_id: number | null;
  classification: string | null;
  classification_confidence: number | null;
  needs_review: number;
  topics: string | null;
  mentioned_tools: string | null;
  summary: string | null;
  quality_score: number | null;
}

export const findItem = (id: number) =>
  first<Item>(
    `SELECT c.*, coalesce(a.display_name, a.username) AS author
     FROM content_items c LEFT JOIN authors a ON a.id = c.author_id WHERE c.id = ?1`,
    id,
  );

export const findParent = (platform: string, platformId: string) =>
  first<ItemSummary>(`${SUMMARY} WHERE c.platform = ?1 AND c.platform_id = ?2`, platform, platformId);

export interface Author {
  id: number;
  platform: string;
  username: string;
  display_name: string | null;
  first_seen: number;
  last_seen: number;
  post_count: number;
  high_quality_count: number;
  total_engagement: number;
  contributor_score: number;
  is_webflow_staff: number;
}

export const findAuthor = (id: number) => first<Author>("SELECT * FROM authors WHERE id = ?1", id);

export interface Snapshot {
  id: number;
  taken_at: number;
  score: number;
  comments: number;
  views: number | null;
  upvote_ratio: number | null;
}

export const snapshotsOf = (id: number) =>
  all<Snapshot>("SELECT * FROM engagement_snapshots WHERE content_id = ?1 ORDER BY taken_at", id);

export interface Insight {
  id: number;
  kind: string;
  title: string;
  body: string;
  confidence: number;
}

/** The insights that name this item as evidence. */
export const insightsOn = (id: number) =>
  all<Insight>(
    `SELECT i.id, i.kind, i.title, i.body, i.confidence FROM insights i
     WHERE EXISTS (SELECT 1 FROM json_each(i.evidence) WHERE value = ?1) ORDER BY i.confidence DESC`,
    id,
  );

/** What to call an item that may have no title. */
export function nameOf({ title, body }: { title: string | null; body: string | null }): string {
  const text = (title ?? body ?? "Untitled").replace(/\s+/g, " ").trim();
  return text.length > 110 ? `${text.slice(0, 108).trimEnd()}…` : text;
}

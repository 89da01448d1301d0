CREATE TABLE authors (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  username TEXT NOT NULL,
  display_name TEXT,
  avatar_url TEXT,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  post_count INTEGER NOT NULL DEFAULT 0,
  high_quality_count INTEGER NOT NULL DEFAULT 0,
  total_engagement INTEGER NOT NULL DEFAULT 0,
  contributor_score REAL NOT NULL DEFAULT 0,
  is_webflow_staff INTEGER NOT NULL DEFAULT 0,
  subreddits TEXT
);

CREATE UNIQUE INDEX authors_platform_id ON authors (platform, platform_id);
CREATE INDEX authors_username ON authors (username);
CREATE INDEX authors_contributor_score ON authors (contributor_score);

CREATE TABLE content_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  type TEXT NOT NULL,
  title TEXT,
  body TEXT,
  url TEXT,
  subreddit TEXT,
  flair TEXT,
  author_id INTEGER REFERENCES authors (id),
  parent_id TEXT,
  created_at INTEGER NOT NULL,
  ingested_at INTEGER NOT NULL,
  sentiment TEXT,
  sentiment_confidence REAL,
  classification TEXT,
  classification_confidence REAL,
  needs_review INTEGER NOT NULL DEFAULT 0,
  engagement_score REAL NOT NULL DEFAULT 0,
  keywords TEXT,
  flags TEXT,
  topics TEXT,
  summary TEXT,
  quality_score REAL,
  is_showcase INTEGER NOT NULL DEFAULT 0,
  showcase_score REAL,
  showcase_tag TEXT,
  showcase_note TEXT,
  in_roundup INTEGER NOT NULL DEFAULT 0,
  roundup_score REAL,
  roundup_section TEXT,
  roundup_note TEXT,
  mentioned_tools TEXT,
  audience_relevance REAL
);

CREATE UNIQUE INDEX content_items_platform_id ON content_items (platform, platform_id);
CREATE INDEX content_items_created_at ON content_items (created_at);
CREATE INDEX content_items_platform_created_at ON content_items (platform, created_at);
CREATE INDEX content_items_author ON content_items (author_id);
CREATE INDEX content_items_parent ON content_items (platform, parent_id);
CREATE INDEX content_items_type ON content_items (type);
CREATE INDEX content_items_subreddit ON content_items (subreddit);
CREATE INDEX content_items_sentiment ON content_items (sentiment);
CREATE INDEX content_items_classification ON content_items (classification);
CREATE INDEX content_items_needs_review ON content_items (needs_review);
CREATE INDEX content_items_engagement ON content_items (engagement_score);
CREATE INDEX content_items_quality ON content_items (quality_score);
CREATE INDEX content_items_showcase ON content_items (is_showcase, showcase_score);
CREATE INDEX content_items_roundup ON content_items (in_roundup, roundup_score);

CREATE TABLE engagement_snapshots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  content_id INTEGER NOT NULL REFERENCES content_items (id) ON DELETE CASCADE,
  taken_at INTEGER NOT NULL,
  score INTEGER NOT NULL DEFAULT 0,
  comments INTEGER NOT NULL DEFAULT 0,
  views INTEGER,
  upvote_ratio REAL
);

CREATE INDEX engagement_snapshots_item ON engagement_snapshots (content_id, taken_at);

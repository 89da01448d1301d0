const number = new Intl.NumberFormat("en");
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });

export const formatNumber = (value: number) => number.format(value);

/** A share of 1 as a percentage. */
export const formatShare = (value: number) => `${Math.round(value * 100)} %`;

/** Seconds since 1970. */
export const formatDate = (seconds: number) => date.format(seconds * 1000);

export const isoDate = (seconds: number) => new Date(seconds * 1000).toISOString();

const PLATFORMS: Record<string, string> = {
  reddit: "Reddit",
  forum: "Forum",
  youtube: "YouTube",
  bluesky: "Bluesky",
  hackernews: "Hacker News",
};

export const platformName = (platform: string) => PLATFORMS[platform] ?? platform;

/** "pain_point" as "Pain point". */
export function humanize(word: string): string {
  const text = word.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A JSON column's list of words; an empty list when there is none. */
export function readList(json: string | null): string[] {
  const value: unknown = json === null ? [] : JSON.parse(json);
  return Array.isArray(value) ? value.map(String) : [];
}

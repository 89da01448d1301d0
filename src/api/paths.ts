/** What to send next to import what has just been stored. */
export function syncStep(base: string, key: string): string {
  return `POST {"operation":"sync","syncKey":"${key}"} to ${base}/api/admin/r2-sync`;
}

/** Where the document can be fetched. */
export function downloadPath(base: string, key: string): string {
  return `${base}/api/admin/r2-sync?operation=download&exportKey=${key}`;
}

import { pathOf } from "../api/paths.ts";

/** What to send next to import what has just been stored. */
export function syncStep(base: string, key: string): string {
  return `POST {"operation":"sync","syncKey":"${key}"} to ${pathOf("r2-sync", base)}`;
}

/** What goes on with an export that is not finished. */
export function exportStep(key: string): string {
  return `POST {"operation":"export","exportKey":"${key}"} goes on.`;
}

/** What tells how far a run is that somebody else drives. */
export function statusStep(key: string): string {
  return `GET ?syncKey=${key} says where it stands.`;
}

/** Where the document can be fetched. */
export function downloadPath(base: string, key: string): string {
  return `${pathOf("r2-sync", base)}?operation=download&exportKey=${key}`;
}

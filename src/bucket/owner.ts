/** In small letters: some object stores keep no others in a name. */
const OWNER = "owner";

/** An object's metadata that says who began it; a header's characters only. */
export function ownedBy(owner: string | null): Record<string, string> {
  return owner === null ? {} : { [OWNER]: encodeURIComponent(owner) };
}

/** Who began an object, by its metadata; null where it does not say. */
export function ownerIn(metadata: Readonly<Record<string, string>>): string | null {
  const owner = metadata[OWNER];
  try {
    return owner === undefined ? null : decodeURIComponent(owner);
  } catch {
    return null;
  }
}

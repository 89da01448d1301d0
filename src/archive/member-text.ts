import type { Bytes } from "../bytes.ts";
import type { Gzip } from "./gzip.ts";
import { isPackedMember, type MemberKind } from "./member.ts";
import { corrupt } from "./text.ts";

/** What a member has to be. */
export interface ExpectedMember {
  kind: MemberKind;
  /** What its text may be at the most, bytes. */
  most: number;
}

/** The text of a compressed member. Rejects with `ARCHIVE_CORRUPT`, before it unpacks more than `most`. */
export async function unpackMember(
  gzip: Gzip,
  member: Bytes,
  { kind, most }: ExpectedMember,
): Promise<Bytes> {
  if (!isPackedMember(member, kind)) throw corrupt("A piece of the archive does not begin as it should");
  return gzip.decompress(member, most);
}

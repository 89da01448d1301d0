/*
 * What a member of an archive may unpack to, bytes. A frame is about a megabyte, and larger only where a row
 * is; the rest grows with the schema and the number of frames. Far more is damage or an attack.
 */

export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** A page of the index is closed far below this, unless a key is as long. */
export const MAX_PAGE_BYTES = 16 * 1024 * 1024;

export const MAX_TAIL_BYTES = 4 * 1024 * 1024;

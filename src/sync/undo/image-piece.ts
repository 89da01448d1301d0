import type { FrameToCopy, FrameToWrite } from "../../archive/writer.ts";

/** What is written between two looks at the budget. */
export interface ImagePiece {
  frames: (FrameToWrite | FrameToCopy)[];
  /** Rows in them that an undo takes back, as far as no other frame counts them. */
  rows: number;
  /** Rows that are left out, for they get their keys as they are written, and nobody knows what else. @default 0 */
  unknown?: number;
  /** Rows that are deleted and left out, for their keys hold NULLs. @default 0 */
  nullKeys?: number;
  /** Where its step goes on; plain JSON, null for the beginning. Undefined at the step's end. */
  next: unknown;
}

/** How a keyed frame is placed whose keys are in no order. */
export const ANYWHERE = { after: null, through: null } as const;

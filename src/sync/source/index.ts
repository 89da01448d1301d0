export {
  type FrameSource,
  openFrameSource,
  type SourceFrame,
  type SourceKind,
  type WrittenRows,
} from "./frame-source.ts";
export { atIndex, atPlace } from "./row-place.ts";

export { PLATFORM_LIMITS, type Platform, type PlatformLimits } from "../operations/platforms.ts";
export { type LimitedBindings, limitBindings } from "./bindings.ts";
export { limitD1 } from "./d1.ts";
export type { D1BindingLike } from "./d1-binding.ts";
export {
  createMeter,
  type Meter,
  type MeterOptions,
  type Peaks,
  type RowsOfDay,
  type Usage,
} from "./meter.ts";
export { limitR2 } from "./r2.ts";
export type { R2BindingLike } from "./r2-binding.ts";

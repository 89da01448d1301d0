import type { Platform } from "../operations/platforms.ts";
import { limitD1 } from "./d1.ts";
import type { D1BindingLike } from "./d1-binding.ts";
import { createMeter, type Meter, type MeterOptions } from "./meter.ts";
import { limitR2 } from "./r2.ts";
import type { R2BindingLike } from "./r2-binding.ts";

export interface LimitedBindings<Env> {
  /** The same bindings; D1 databases and R2 buckets share one count of calls. */
  env: Env;
  meter: Meter;
}

/**
 * An app's bindings, its D1 databases and R2 buckets held to the platform's figures. Call
 * `meter.newInvocation()` before each request.
 */
export function limitBindings<Env extends object>(
  env: Env,
  platform: Platform,
  options: MeterOptions = {},
): LimitedBindings<Env> {
  const meter = createMeter(platform, options);
  const limited = Object.entries(env).map(([name, binding]) => [name, limitBinding(binding, meter)]);
  return { env: Object.fromEntries(limited) as Env, meter };
}

function limitBinding(binding: unknown, meter: Meter): unknown {
  if (has(binding, "prepare") && has(binding, "batch")) return limitD1(binding as D1BindingLike, meter);
  if (has(binding, "createMultipartUpload")) return limitR2(binding as R2BindingLike, meter);
  return binding;
}

function has(binding: unknown, method: string): boolean {
  const found = typeof binding === "object" ? (binding as Record<string, unknown> | null)?.[method] : null;
  return typeof found === "function";
}

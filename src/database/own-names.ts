/** True for the name of what the platform or d1-ferry keeps beside the app's tables. */
export function isNotTheApps(name: string): boolean {
  return /^_(cf|ferry)_/i.test(name);
}

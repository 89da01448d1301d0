/** What d1-ferry is known not to carry, by case, and why. Any other cell of its own has to be ✓. */
export const KNOWN_LIMITS: Readonly<Record<string, string>> = {};

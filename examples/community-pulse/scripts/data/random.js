/**
 * A seeded source of chance (mulberry32): the same seed gives the same data on every machine.
 * Only integer arithmetic and division, no Math.log or Math.exp, which engines may round differently.
 */
export function createRandom(seed) {
  let state = seed >>> 0;

  /** A number in [0, 1). */
  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from `low` to `high`, both included. */
  const integer = (low, high) => low + Math.floor(next() * (high - low + 1));
  const chance = (probability) => next() < probability;
  const pick = (list) => list[Math.floor(next() * list.length)];

  /** A number from `low` to `high` with a few decimals. */
  function real(low, high, decimals = 4) {
    const scale = 10 ** decimals;
    return Math.round((low + next() * (high - low)) * scale) / scale;
  }

  /** Mostly small, seldom large: the shape of likes and view counts. */
  function skewed(high) {
    const u = next();
    return Math.floor(u * u * u * u * high);
  }

  /** `count` different members of `list`, in the order drawn. */
  function sample(list, count) {
    const rest = [...list];
    const drawn = [];
    while (drawn.length < count && rest.length > 0) {
      drawn.push(...rest.splice(Math.floor(next() * rest.length), 1));
    }
    return drawn;
  }

  /** One of the keys of `weights`, each as likely as its number says. */
  function weighted(weights) {
    const entries = Object.entries(weights);
    let point = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      point -= weight;
      if (point < 0) return name;
    }
    return entries[0][0];
  }

  /** Lowercase letters and digits, as platforms make their ids. */
  function id(length) {
    let text = "";
    while (text.length < length) text += "abcdefghijklmnopqrstuvwxyz0123456789"[integer(0, 35)];
    return text;
  }

  return { next, integer, chance, pick, real, skewed, sample, weighted, id };
}

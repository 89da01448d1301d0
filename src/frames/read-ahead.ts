/**
 * The same items, the next one being made while one is used: a database or a bucket then works at
 * the same time as the caller. Holds one item more. What the source throws is thrown when its turn
 * comes; a caller that stops early ends the source.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  const items = source[Symbol.asyncIterator]();
  const begin = () => {
    const next = items.next();
    // Its failure is heard below; until then it is not an unhandled one.
    next.catch(() => undefined);
    return next;
  };
  let next = begin();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = begin();
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await items.return?.();
  }
}

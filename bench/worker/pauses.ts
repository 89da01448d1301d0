/** V8's, where `--expose-gc` is set. */
declare function gc(): void;

/**
 * A database or bucket whose caller is looked at behind each answer, when what was asked for is in
 * memory: the caller waits until `heapWatch`, an address, has seen how large it is. Garbage is
 * collected first: how long V8 lets it lie depends on the machine, not on the work.
 */
export function pausing<Port extends object>(port: Port, heapWatch: string): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        const answer: unknown = await member.apply(target, args);
        // What array buffers a collection finds dead stays on the account of V8 until the next one.
        gc();
        gc();
        const seen = await fetch(heapWatch);
        if (!seen.ok) throw new Error(`The heap could not be looked at: ${await seen.text()}`);
        await seen.body?.cancel();
        return answer;
      };
    },
  });
}

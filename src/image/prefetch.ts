/**
 * Calls `work` for each item, at most `ahead` of them at a time, and gives the results in order. The next
 * item is taken only when a result was consumed: what waits in memory is bounded.
 */
export async function* prefetch<T, R>(
  items: Iterable<T>, ahead: number, work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = []
  for (const item of items) {
    const result = work(item)
    result.catch(() => undefined) // looked at when its turn comes; the consumer may have gone by then
    waiting.push(result)
    if (waiting.length >= ahead) yield await waiting.shift()!
  }
  for (const result of waiting) yield await result
}

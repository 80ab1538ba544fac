import type { OperationId } from '#shared/domain/ids.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'

/** Ranges that one computer may lack: 100 GB of which every other blob differs. */
const MAX_WANTED = 500_000

/** Who is there, and what they lack, before a session's stream is made. Without channels and clocks. */
export class Gathering {
  readonly #wants = new Map<OperationId, Segment[]>()
  readonly #joined = new Set<OperationId>()
  /** Those that go by themselves, and are not waited for. */
  readonly #gone = new Set<OperationId>()
  #since: number | undefined

  /** In the order in which they came. */
  get joined(): readonly OperationId[] {
    return [...this.#joined]
  }

  /** What those lack that have joined. */
  get wants(): (readonly Segment[])[] {
    return this.joined.map((id) => this.#wants.get(id) ?? [])
  }

  /** @returns false when it is more than anybody may lack */
  want(id: OperationId, segments: readonly Segment[]): boolean {
    const wants = this.#wants.get(id) ?? []
    for (const segment of segments) wants.push(segment)
    this.#wants.set(id, wants)
    return wants.length <= MAX_WANTED
  }

  join(id: OperationId, now: number): void {
    this.#gone.delete(id)
    this.#joined.add(id)
    this.#since ??= now
  }

  leave(id: OperationId): void {
    this.#joined.delete(id)
    this.#wants.delete(id)
    this.#gone.add(id)
  }

  /** When it is over at the latest: the wait counts from the first that was ready. */
  deadline(maxWait: number): number | undefined {
    return this.#since === undefined ? undefined : this.#since + maxWait
  }

  /** Whether the stream can be made. @param expected whose image it is, joined or not @param maxWait milliseconds */
  isDue(expected: readonly OperationId[], maxWait: number, now: number): boolean {
    if (this.#joined.size === 0) return false
    return now >= (this.deadline(maxWait) ?? Infinity) || this.awaited(expected) === 0
  }

  /** How many have not come yet. */
  awaited(expected: readonly OperationId[]): number {
    return expected.filter((id) => !this.#joined.has(id) && !this.#gone.has(id)).length
  }
}

/** How often each of many strangers may do something: a bucket per name that fills with time. */
export interface RateLimit {
  /** Whether this name may, now; if so, it has. */
  allow(name: string): boolean
}

export interface RateLimitOptions {
  /** Times in a row. */
  burst: number
  /** Times per minute, for long. */
  perMinute: number
  /** Names remembered; those longest unheard go first. */
  names?: number
}

export function createRateLimit(options: RateLimitOptions, now: () => number = Date.now): RateLimit {
  const { burst, perMinute, names = 4096 } = options
  const buckets = new Map<string, { credit: number; at: number }>()
  const creditAt = ({ credit, at }: { credit: number; at: number }): number =>
    Math.min(burst, credit + ((now() - at) / 60_000) * perMinute)
  return {
    allow(name) {
      const credit = creditAt(buckets.get(name) ?? { credit: burst, at: now() })
      const allowed = credit >= 1
      // Inserted anew: the first keys are those longest unheard.
      buckets.delete(name)
      buckets.set(name, { credit: allowed ? credit - 1 : credit, at: now() })
      const [oldest] = buckets.keys()
      if (buckets.size > names && oldest !== undefined) buckets.delete(oldest)
      return allowed
    },
  }
}

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Log } from './log.ts'

/** Milliseconds that nothing may hold the console's event loop: boot services and agents answer from it. */
export const LOOP_DELAY_LIMIT = 50
const CHECK_EVERY = 10_000
/** Milliseconds between samples; the histogram's values include it. */
const RESOLUTION = 10

export interface LoopDelay {
  /** Longest delay since the last call, in milliseconds. */
  longest(): number
  stop(): void
}

/** Measures how late the event loop is, and says so in the log when it was over the limit. */
export function watchLoopDelay(log: Log, checkEvery = CHECK_EVERY): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  histogram.enable()
  const longest = (): number => {
    const delay = Math.max(0, histogram.max / 1e6 - RESOLUTION)
    histogram.reset()
    return delay
  }
  const timer = setInterval(() => {
    const delay = longest()
    if (delay > LOOP_DELAY_LIMIT) log.warn({ delay: Math.round(delay) }, 'the event loop was held (milliseconds)')
  }, checkEvery)
  timer.unref()
  return {
    longest,
    stop() {
      clearInterval(timer)
      histogram.disable()
    },
  }
}

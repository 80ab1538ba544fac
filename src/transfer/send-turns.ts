import type { SendTurns } from '#image/repository/send-file.ts'
import { bytesPerSecond, type TransferLimits } from '#shared/domain/transfer-limits.ts'
import { FairQueue } from '#shared/transfer/fair-queue.ts'
import { Throttle } from './throttle.ts'

/** Bytes of a turn when nothing holds them back: a few milliseconds of a gigabit. */
const LARGEST_SLICE = 256 * 1024
/** Turns in a second at any speed, so that each of a thousand requests that wait gets something long before its client gives up. */
const TURNS_PER_SECOND = 100

/** Holds all that the console sends to the speed that is set, whatever way it goes. */
export function sendThrottle(limits: () => TransferLimits): Throttle {
  return new Throttle(() => {
    const { unicastSpeed } = limits()
    return unicastSpeed === undefined ? undefined : bytesPerSecond(unicastSpeed)
  })
}

/**
 * Turns that are shared out equally between clients, within limits that may change at any time.
 * @param throttle what is sent by other ways goes through it too
 */
export function createSendTurns(limits: () => TransferLimits, throttle: Throttle = sendThrottle(limits)): SendTurns {
  const queue = new FairQueue<() => void>()
  let going = 0

  function begin(): void {
    while (going < limits().unicastClients) {
      const start = queue.take()
      if (!start) return
      going += 1
      start()
    }
  }

  async function waitInLine(client: string, bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const withdraw = (): void => {
      if (queue.remove(client, resolve)) reject(signal.reason)
    }
    signal.addEventListener('abort', withdraw, { once: true })
    queue.add(client, bytes, resolve)
    begin()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', withdraw)
    }
  }

  return {
    get slice() {
      const { unicastSpeed: speed } = limits()
      return speed === undefined ? LARGEST_SLICE : Math.min(LARGEST_SLICE, Math.ceil(bytesPerSecond(speed) / TURNS_PER_SECOND))
    },
    async take(client, bytes, signal) {
      await waitInLine(client, bytes, signal)
      let over = false
      const end = (): void => {
        if (over) return
        over = true
        going -= 1
        begin()
      }
      try {
        await throttle.pass(bytes, signal)
      } catch (error) {
        end()
        throw error
      }
      return end
    },
  }
}

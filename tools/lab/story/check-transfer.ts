/** Did the image reach the computers by the method that was asked for? What the switch counted says so. Pure. */
import type { RestoreMethod } from '#shared/domain/method.ts'
import type { TransferReport } from './report.ts'

/** Part of an image that may be missing from what was sent: what two computers' chunks have in common is stored once. */
const LEAST = 0.9
/** Of a multicast the console may send this part of what unicast would: repairs, and the class' other traffic. */
const MULTICAST_PART = 0.75
/**
 * Part of an image that computers of a swarm at least give each other: acknowledgements alone are 0.003. Two of them, whom the console
 * sends no faster than they can exchange (SEED_SPEED of the story's steps), give each other nearly a whole one.
 */
const EXCHANGED = 0.3

/** A sentence about what does not fit the method; undefined when nothing does not. */
export function wrongTransfer({ method, computers, image, sent }: TransferReport): string | undefined {
  if (computers === 0) return undefined
  const [least, byUnicast] = [image * LEAST, image * computers]
  if (sent.console < least) return `${method}: the console sent ${megabytes(sent.console)} of an image of ${megabytes(image)}`
  // One computer alone gets it all from the console, whatever the method.
  if (computers === 1) return undefined
  return sharing[method]({ console: sent.console, computers: sent.computers, image, byUnicast })
}

interface Sent {
  console: number
  computers: number
  image: number
  /** What the console sends when it serves each computer by itself. */
  byUnicast: number
}

const sharing: Record<RestoreMethod, (sent: Sent) => string | undefined> = {
  'UNICAST-DIRECT': toEach,
  'UNICAST-CACHE': toEach,
  'MULTICAST-DIRECT': once,
  'MULTICAST-CACHE': once,
  'TORRENT-CACHE': exchanged,
}

function toEach({ console, byUnicast }: Sent): string | undefined {
  return console < byUnicast * LEAST ? `unicast, and the console sent only ${megabytes(console)}` : undefined
}

function once({ console, byUnicast }: Sent): string | undefined {
  return console > byUnicast * MULTICAST_PART ? `multicast, and the console sent ${megabytes(console)}` : undefined
}

function exchanged({ computers, image }: Sent): string | undefined {
  return computers < image * EXCHANGED ? `a swarm, and its computers sent only ${megabytes(computers)}` : undefined
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

import type { TftpOptions } from '#shared/wire/tftp.ts'

/** How one transfer runs; what no option says is RFC 1350's. */
export interface TransferTerms {
  /** Bytes of a full DATA packet. */
  blockSize: number
  /** DATA packets sent before an ACK is waited for. */
  windowSize: number
  /** Milliseconds before what was not acknowledged is sent again. */
  timeout: number
}

export interface Negotiated {
  terms: TransferTerms
  /** The options to confirm, in an OACK; empty: the transfer starts with the first DATA. */
  accepted: TftpOptions
}

export interface TransferLimits {
  /** A packet larger than the network's MTU is fragmented, and many PXE ROMs cannot put fragments together. */
  maxBlockSize: number
  /** Bounds what one transfer keeps in memory for retransmission: this × block size. */
  maxWindowSize: number
  /** Seconds; a client that wants more is given RFC 1350's. Whoever asks and is never heard again holds a transfer for so much longer. */
  maxTimeout: number
}

/** 1468 = an Ethernet frame's 1500 bytes less 20 (IP), 8 (UDP) and 4 (TFTP). */
export const DEFAULT_LIMITS: TransferLimits = { maxBlockSize: 1468, maxWindowSize: 64, maxTimeout: 10 }

const PLAIN: TransferTerms = { blockSize: 512, windowSize: 1, timeout: 1000 }

/**
 * An option that cannot be read is left out of the OACK, which tells the client that it is not in force
 * (RFC 2347); `blksize` and `windowsize` may be answered with less than was asked (RFC 2348, RFC 7440 §3).
 */
export function negotiate(requested: TftpOptions, fileSize: number, limits = DEFAULT_LIMITS): Negotiated {
  const terms = { ...PLAIN }
  const accepted = new Map<string, string>()
  for (const [name, text] of requested) {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN
    switch (name) {
      case 'blksize': // RFC 2348
        if (!within(value, 8, 65_464)) break
        terms.blockSize = Math.min(value, limits.maxBlockSize)
        accepted.set(name, String(terms.blockSize))
        break
      case 'windowsize': // RFC 7440
        if (!within(value, 1, 65_535)) break
        terms.windowSize = Math.min(value, limits.maxWindowSize)
        accepted.set(name, String(terms.windowSize))
        break
      case 'timeout': // RFC 2349, seconds
        if (!within(value, 1, limits.maxTimeout)) break
        terms.timeout = value * 1000
        accepted.set(name, text)
        break
      case 'tsize': // RFC 2349: the client sends 0 and is told the size
        accepted.set(name, String(fileSize))
        break
    }
  }
  return { terms, accepted }
}

function within(value: number, min: number, max: number): boolean {
  return value >= min && value <= max
}

/** How an operation ended, when it is the console that has to say so. */
import type { Outcome } from '#shared/contract/agent.ts'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { Figures } from '#shared/domain/operation.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import type { Ending } from '../inventory/operations.ts'

/** Characters that the contract's Outcome lets a message and a parameter have. */
const MESSAGE = 2000
const PARAMETER = 400

/** @param seconds that it ran */
export function errorEnding(error: unknown, seconds: number): Ending {
  const { code, message, params } = toErrorRecord(error)
  const short = Object.entries(params).map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, PARAMETER) : value])
  return endingOf({
    code, message: message.slice(0, MESSAGE), params: Object.fromEntries(short), seconds, figures: Figures.parse({}),
  })
}

export function endingOf(outcome: Outcome): Ending {
  if (outcome.code === RESULT.ok) return { state: 'succeeded', outcome }
  return { state: outcome.code === RESULT.cancelled ? 'cancelled' : 'failed', outcome }
}

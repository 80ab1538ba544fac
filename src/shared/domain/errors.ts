import { RESULT, resultName, type ResultCode, type ResultName } from './result-codes.ts'

/** Values that fill the gaps of an error's sentence, e.g. `{ partition: '/dev/sda2', needed: '4.2 GB' }`. */
export type ErrorParams = Readonly<Record<string, string | number>>

/**
 * A failure that a person will read: a result code, which names the sentence in i18n, and the values
 * that the sentence shows. `message` is for logs and stays in English.
 */
export class ClonaulaError extends Error {
  override readonly name = 'ClonaulaError'
  readonly result: ResultName
  readonly params: ErrorParams

  constructor(result: ResultName, message: string, params: ErrorParams = {}, options?: ErrorOptions) {
    super(message, options)
    this.result = result
    this.params = params
  }

  get code(): ResultCode {
    return RESULT[this.result]
  }
}

/** The same error as it crosses a wire. */
export interface ErrorRecord {
  code: number
  message: string
  params: ErrorParams
}

export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof ClonaulaError) return { code: error.code, message: error.message, params: error.params }
  if (isAbort(error)) return { code: RESULT.cancelled, message: 'cancelled', params: {} }
  return { code: RESULT.generic, message: error instanceof Error ? error.message : String(error), params: {} }
}

export function fromErrorRecord(record: ErrorRecord): ClonaulaError {
  return new ClonaulaError(resultName(record.code), record.message, record.params)
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Marks the branch that the type checker proves unreachable. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}

import { thisMachine } from '#image/disk/machine.ts'
import type { OperationContext } from '../operation.ts'
import { texts } from '../text/texts.ts'

/** What an operation is given, as far as the test cares. @param log gets the lines of its log */
export function operationContext(
  log: string[], given: Pick<OperationContext, 'state' | 'openRepository' | 'openChannel'> & Partial<OperationContext>,
): OperationContext {
  return {
    machine: thisMachine(), only: [], signal: new AbortController().signal, language: 'en', texts: texts('en'), onProgress: () => undefined,
    log: { step: (_, text) => log.push(text), warn: (text) => log.push(text) },
    ...given,
  }
}

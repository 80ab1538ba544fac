import type { OperationView } from '#shared/contract/views.ts'
import { resultSentence, type Language } from '#shared/i18n/index.ts'

/** How an operation ended, as a sentence; undefined while it has not. */
export function outcomeSentence(operation: OperationView, language: Language): string | undefined {
  return operation.outcome && resultSentence(language, operation.outcome.code, operation.outcome.params)
}

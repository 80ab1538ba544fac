import type { OperationView } from '#shared/contract/views.ts'
import type { Texts } from '../i18n/index.ts'

/** What kind of thing it does, as its technician asked for it: what a deployment's command restores is deployed. */
export function operationName({ kind, command }: Pick<OperationView, 'kind' | 'command'>, { words, deploy }: Texts): string {
  return kind === 'restore' && command !== undefined ? deploy.operation : words.operationKinds[kind]
}

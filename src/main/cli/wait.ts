/** Waits for operations to end, with a line that shows how far they have come. */
import type { OperationView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { isFinished } from '#shared/domain/operation.ts'
import { printable } from '#shared/domain/printable.ts'
import { percent } from '#shared/domain/progress.ts'
import { formatRate, formatSeconds, networkWords, stallText } from '#shared/i18n/index.ts'
import type { LocalClient } from '../rpc/local/local-client.ts'
import type { Context } from './context.ts'

/** Milliseconds between asking again: an event that was missed must not make this wait for ever. */
const ASK_EVERY = 5000
const NAMES = 3
const CLEAR_LINE = '\r\u001b[K'

/** @returns the operations as they ended, in the given order. @throws ClonaulaError when the console goes away */
export async function waitForOperations(
  context: Context, client: LocalClient, started: readonly OperationView[],
): Promise<OperationView[]> {
  const latest = new Map<OperationId, OperationView>(started.map((operation) => [operation.id, operation]))
  const current = (): OperationView[] => [...latest.values()]
  const open = (): OperationView[] => current().filter(({ state }) => !isFinished(state))
  const draws = context.terminal.interactive && !context.json
  const draw = (): void => {
    if (draws) context.terminal.err(`${CLEAR_LINE}${printable(progressLine(context, current()))}`)
  }
  let ended = (): void => {}
  const done = new Promise<void>((resolve) => { ended = resolve })
  const take = (operation: OperationView): void => {
    const known = latest.get(operation.id)
    if (!known || isFinished(known.state)) return
    latest.set(operation.id, operation)
    draw()
    if (open().length === 0) ended()
  }
  const refresh = async (): Promise<void> => {
    for (const { id } of open()) take(await client.call('operations.get', { id }))
  }
  const stopListening = client.on('operation.changed', take)
  // A call that fails says no more than `closed` does.
  const timer = setInterval(() => void refresh().catch(() => {}), ASK_EVERY)
  try {
    if (open().length === 0) return current()
    const problem = 'connection to the console lost'
    const lost = client.closed.then(() => {
      throw new ClonaulaError('generic', problem, { problem })
    })
    await refresh()
    await Promise.race([done, lost])
    return current()
  } finally {
    clearInterval(timer)
    stopListening()
    if (draws) context.terminal.err(CLEAR_LINE)
  }
}

function progressLine({ texts, language }: Context, all: readonly OperationView[]): string {
  const running = all.filter(({ state }) => state === 'running')
  const [only] = all
  if (all.length === 1 && only) {
    const { progress } = only
    if (!progress) return `${only.computerName} · ${texts.operationStates[only.state]}`
    const parts = [
      only.computerName, progress.phase, `${percent(progress)} %`, formatRate(progress.rate, language),
      ...(progress.secondsLeft === undefined || only.stalled ? [] : [texts.left(formatSeconds(progress.secondsLeft))]),
      ...(progress.network ? networkWords(language, progress.network) : []),
      ...(only.stalled ? [`${texts.stalled}: ${stallText(language, only.stalled)}`] : []),
    ]
    return parts.join(' · ')
  }
  const finished = all.filter(({ state }) => isFinished(state)).length
  const done = running.reduce((sum, { progress }) => sum + (progress ? percent(progress) : 0), finished * 100)
  const rate = running.reduce((sum, { progress }) => sum + (progress?.rate ?? 0), 0)
  const stalled = running.filter((operation) => operation.stalled)
  const parts = [
    texts.progress(running.length, finished, all.length), `${Math.floor(done / all.length)} %`,
    ...(rate > 0 ? [formatRate(rate, language)] : []),
    ...(stalled.length > 0 ? [`${texts.stalled}: ${someNames(stalled)}`] : []),
  ]
  return parts.join(' · ')
}

/** One line has room for few. */
function someNames(operations: readonly OperationView[]): string {
  const names = operations.slice(0, NAMES).map(({ computerName }) => computerName).join(', ')
  return operations.length > NAMES ? `${names} +${operations.length - NAMES}` : names
}

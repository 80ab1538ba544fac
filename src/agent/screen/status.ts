import type { AgentCommand } from '#shared/contract/agent.ts'
import { assertNever } from '#shared/domain/errors.ts'
import { printable } from '#shared/domain/printable.ts'
import { percent, type Progress } from '#shared/domain/progress.ts'
import { formatRate, formatSeconds, type Language } from '#shared/i18n/index.ts'
import { texts } from '../text/texts.ts'

/** What the screen is about. */
export interface Status {
  language: Language
  connected: boolean
  mac: string
  /** IPv4 address; empty when there is none. */
  address: string
  console: string
  /** Absent until the computer is adopted. */
  name?: string | undefined
  work?: AgentCommand['kind'] | undefined
  progress?: Progress | undefined
  /** How the last operation ended. */
  last?: { ok: boolean; sentence: string } | undefined
}

/** The other phases count partitions or steps, of which no rate is worth saying. */
const COUNTS_BYTES: ReadonlySet<string> = new Set(['capture', 'restore', 'transfer', 'verify'])

/** `Restaurando: escribiendo  42 %  31 MB/s  quedan 2 min 05 s`; undefined while nothing runs. */
export function workLine({ language, work, progress }: Status): string | undefined {
  const text = texts(language)
  switch (work) {
    case undefined:
      return undefined
    case 'restart':
      return text.restarting
    case 'shutdown':
      return text.shuttingDown
    case 'capture':
    case 'restore':
    case 'updateCache':
    case 'deleteCached':
    case 'prepareCache':
    case 'formatCache':
    case 'publishCached': {
      if (progress === undefined) return `${text.working[work]}…`
      const parts = [`${text.working[work]}: ${text.phase(progress.phase)}`]
      if (progress.total > 0) parts.push(`${percent(progress)} %`)
      const inBytes = COUNTS_BYTES.has(progress.phase)
      if (inBytes && progress.rate > 0) parts.push(formatRate(progress.rate, language))
      if (inBytes && progress.secondsLeft !== undefined) parts.push(text.left(formatSeconds(progress.secondsLeft)))
      return parts.join('  ')
    }
    default:
      return assertNever(work)
  }
}

const BAR = 50

/**
 * The whole screen as lines.
 * @param recent The last lines of the log.
 */
export function renderStatus(status: Status, recent: readonly string[], width: number): string[] {
  const text = texts(status.language)
  const both = [texts('es').doNotTurnOff, texts('en').doNotTurnOff]
  const labels = [text.computer, text.address, text.console]
  const column = Math.max(...labels.map((label) => label.length)) + 2
  const row = (label: string, value: string): string => `  ${`${label}:`.padEnd(column)} ${value}`
  const running = status.work === 'capture' || status.work === 'restore'
  const waiting = !status.connected ? text.connecting : status.name === undefined ? text.notAdopted : text.waiting
  return [
    '',
    '  CLONAULA',
    '',
    row(text.computer, `${status.name ?? text.unnamed}  ${status.mac}`),
    row(text.address, status.address || '–'),
    row(text.console, `${status.console}${status.connected ? '' : `  (${text.connecting})`}`),
    '',
    ...(running ? both.map((line) => `  *** ${line} ***`) : []),
    '',
    `  ${workLine(status) ?? waiting}`,
    ...(running && status.progress ? [`  ${bar(percent(status.progress))}`] : ['']),
    ...(status.last && !running ? [`  ${status.last.ok ? 'OK' : 'ERROR'}: ${status.last.sentence}`] : ['']),
    '',
    ...recent.map((line) => `  ${line}`),
  ].map((line) => printable(line).slice(0, width))
}

function bar(done: number): string {
  const filled = Math.round((done / 100) * BAR)
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`
}

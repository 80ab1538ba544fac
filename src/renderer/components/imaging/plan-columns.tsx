/** What the check of a computer says, column by column. */
import { Text } from '@mantine/core'
import type { DeployPlanRow, RestorePlanRow } from '#shared/contract/views.ts'
import type { MethodUse } from '#shared/domain/automatic-change.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { cacheRoomText, estimateText, formatBytes, formatLinkSpeed, methodUseText, resultSentence, spaceText } from '#shared/i18n/index.ts'
import type { Texts } from '../../i18n/index.ts'
import { useTexts } from '../../state/texts.ts'
import type { Column } from '../DataTable.tsx'
import { BAD, GOOD, WARNED } from '../tones.ts'
import { installedText } from './installed-text.ts'

/** The method, and below it why it is not what was asked for, or what comes before it. */
function Use({ use }: { use: MethodUse }) {
  const { language } = useTexts()
  return <Text size="sm" {...(use.changed || use.makeRoom ? { c: WARNED } : {})}>{methodUseText(language, use)}</Text>
}

/** A number stays with its unit. */
function Figure({ children }: { children: string }) {
  return <Text size="sm" style={{ whiteSpace: 'nowrap' }}>{children}</Text>
}

export interface VerdictWords {
  /** Of a computer that can. */
  fits: string
  /** Of one that cannot, by the result that it would have. */
  fails: (code: number, sentence: string) => string
}

/** What is written, the room at the destination, the CACHE's, link and time only where something of them is known; by room: the tightest first. */
export function planColumns(texts: Texts, rows: readonly DeployPlanRow[], { fits, fails }: VerdictWords): Column<DeployPlanRow>[] {
  const { language, restore: words, words: common } = texts
  const sentence = ({ ok, refusal }: RestorePlanRow): string =>
    ok || !refusal ? fits : fails(RESULT[refusal.result], resultSentence(language, refusal.result, refusal.params))
  const installed: Column<DeployPlanRow> = {
    id: 'installed', header: texts.deploy.installed, sort: (row) => row.installed?.behind ?? 0,
    cell: (row) => row.installed && <Text size="sm" miw={150}>{installedText(texts, row.installed)}</Text>,
  }
  const data: Column<RestorePlanRow> = {
    id: 'bytes', header: words.data, sort: ({ bytes }) => bytes,
    cell: ({ ok, bytes }) => ok && <Figure>{formatBytes(bytes, language)}</Figure>,
  }
  const room: Column<RestorePlanRow> = {
    id: 'space', header: words.space, sort: ({ space }) => (space ? space.available - space.needed : 0),
    cell: ({ space }) => space && <Figure>{spaceText(language, space)}</Figure>,
  }
  const cached: Column<RestorePlanRow> = {
    id: 'cache', header: words.cache, sort: ({ cache }) => (cache ? cache.free - cache.missing : 0),
    cell: ({ cache }) => cache && <Text size="sm" miw={130}>{cacheRoomText(language, cache)}</Text>,
  }
  const link: Column<RestorePlanRow> = {
    id: 'link', header: words.link, sort: ({ linkSpeed }) => linkSpeed ?? 0,
    cell: ({ linkSpeed }) => linkSpeed !== undefined && <Figure>{formatLinkSpeed(linkSpeed, language)}</Figure>,
  }
  const time: Column<RestorePlanRow> = {
    id: 'time', header: words.time, sort: ({ estimate }) => estimate?.seconds ?? 0,
    cell: ({ estimate }) => estimate && <Figure>{estimateText(language, estimate)}</Figure>,
  }
  return [
    { id: 'computer', header: common.computer, sort: ({ computerName }) => computerName, cell: ({ computerName }) => <Text size="sm" fw={600}>{computerName}</Text> },
    { id: 'verdict', header: words.verdict, sort: sentence, cell: (row) => <Text size="sm" miw={180} c={row.ok ? GOOD : BAD}>{sentence(row)}</Text> },
    ...(rows.some((row) => row.installed) ? [installed] : []),
    { id: 'use', header: words.really, sort: ({ use }) => use?.method ?? '', cell: ({ use }) => use && <Use use={use} /> },
    ...(rows.some(({ bytes }) => bytes > 0) ? [data] : []),
    ...(rows.some(({ space }) => space) ? [room] : []),
    ...(rows.some(({ cache }) => cache) ? [cached] : []),
    ...(rows.some(({ linkSpeed }) => linkSpeed !== undefined) ? [link] : []),
    ...(rows.some(({ estimate }) => estimate) ? [time] : []),
  ]
}

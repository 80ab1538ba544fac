/** What a restore or a deployment would do, computer by computer. */
import type { RestorePlanRow } from '#shared/contract/views.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { cacheRoomText, estimateText, formatBytes, formatLinkSpeed, methodUseText, resultSentence, spaceText } from '#shared/i18n/index.ts'
import type { Context } from './context.ts'

export function planTitles({ texts: { columns } }: Pick<Context, 'texts'>): string[] {
  return [columns.computer, columns.result, columns.method, columns.cache, columns.writes, columns.needs, columns.link, columns.time, columns.erases]
}

export function planCells({ language }: Pick<Context, 'language'>, row: RestorePlanRow): string[] {
  const { computerName, bytes, erases, space, use, cache, linkSpeed, estimate, refusal } = row
  return [
    computerName,
    refusal ? resultSentence(language, refusal.result, refusal.params) : 'OK',
    use ? methodUseText(language, use) : '',
    cache ? cacheRoomText(language, cache) : '',
    formatBytes(bytes, language),
    space ? spaceText(language, space) : '',
    linkSpeed === undefined ? '' : formatLinkSpeed(linkSpeed, language),
    estimate ? estimateText(language, estimate) : '',
    erases.join(', '),
  ]
}

/** The first refusal's result. */
export function planResult(rows: readonly RestorePlanRow[]): number {
  const refused = rows.find(({ refusal }) => refusal)?.refusal
  return refused ? RESULT[refused.result] : RESULT.ok
}

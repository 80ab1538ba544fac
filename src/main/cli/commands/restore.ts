import { RestoreRequest } from '#shared/contract/console.ts'
import type { Client } from '#shared/contract/rpc.ts'
import type { RestorePlanRow } from '#shared/contract/views.ts'
import { RestoreMethod } from '#shared/domain/method.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { askToErase, showTable, withConsole, type Command, type Context } from '../context.ts'
import { planCells, planResult, planTitles } from '../plan-table.ts'
import { chooseComputers, findImage, parseTarget } from '../targets.ts'
import { atLeast, oneOf, parseCommand, wholeNumber } from '../usage.ts'
import { followOperations } from './operations.ts'

export const restore: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    classroom: { type: 'string' },
    revision: { type: 'string' },
    volume: { type: 'string' },
    method: { type: 'string', default: 'UNICAST-DIRECT' },
    delta: { type: 'boolean', default: true },
    'no-delta': { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    discard: { type: 'boolean', default: false },
    restart: { type: 'boolean', default: false },
    'no-postconfigure': { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    'no-wait': { type: 'boolean', default: false },
  })
  const [image, targetText] = atLeast(rest, 'IMAGE', 'TARGET')
  const target = parseTarget(targetText)
  const method = oneOf(values.method, '--method', RestoreMethod.options)
  return withConsole(context, async (client) => {
    const chosen = await chooseComputers(client, rest.slice(2), values.classroom)
    const request = RestoreRequest.parse({
      computers: chosen.map(({ id }) => id),
      target,
      image: (await findImage(client, image)).id,
      revision: wholeNumber(values.revision, '--revision'),
      volume: wholeNumber(values.volume, '--volume'),
      method,
      delta: values.delta && !values['no-delta'],
      verify: values.verify,
      discard: values.discard,
      postconfigure: !values['no-postconfigure'],
      restart: values.restart,
    })
    if (values['dry-run']) return showPlan(context, await client.call('restore.plan', request))
    if (!values.yes && !(await confirmed(context, client, request))) return RESULT.cancelled
    const started = await client.call('restore.start', request)
    return followOperations(context, client, started, values['no-wait'])
  })
}

/** A person is shown what goes; a program has said what it wants. */
async function confirmed(context: Context, client: Client, request: RestoreRequest): Promise<boolean> {
  if (!context.terminal.interactive || context.json) return true
  const plan = await client.call('restore.plan', request)
  showPlan(context, plan)
  const going = plan.filter(({ ok }) => ok)
  const erases = [...new Set(going.flatMap((row) => row.erases))].join(', ')
  return askToErase(context, going.length, erases)
}

/** @returns the first refusal's result */
function showPlan(context: Context, plan: readonly RestorePlanRow[]): number {
  showTable(context, plan, planTitles(context), plan.map((row) => planCells(context, row)), context.texts.none)
  return planResult(plan)
}

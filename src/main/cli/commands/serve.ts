/** The console without a window. */
import type { Core } from '../../core.ts'
import { describeConsole, describeLive } from './status.ts'
import { show, type Command, type Context } from '../context.ts'
import { parseCommand, positionals, wholeNumber } from '../usage.ts'

export const serve: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    address: { type: 'string' },
    dhcp: { type: 'string' },
    web: { type: 'string' },
    'unicast-speed': { type: 'string' },
    'unicast-clients': { type: 'string' },
    live: { type: 'string' },
    boot: { type: 'string' },
    'log-level': { type: 'string' },
    'start-address': { type: 'boolean', default: false },
  })
  positionals(rest)
  // Loaded here: no other command needs the database, and each should start at once.
  const { startCore } = await import('../../core.ts')
  const asked = untilAskedToStop()
  const core = await startCore({
    data: context.data,
    flags: {
      address: values.address,
      dhcp: values.dhcp,
      web: values.web,
      unicastSpeed: wholeNumber(values['unicast-speed'], '--unicast-speed'),
      unicastClients: wholeNumber(values['unicast-clients'], '--unicast-clients'),
      liveFiles: values.live,
      bootFiles: values.boot,
      logLevel: values['log-level'],
      language: context.languageAsked,
    },
  })
  const startAddress = values['start-address'] || !core.hasUsers() ? core.startAddress() : undefined
  show(context, { ...core.info(), startAddress }, () => summary(context, core, startAddress))
  await asked
  if (!context.json) context.terminal.out(`${context.texts.stopping}\n`)
  await core.stop()
  return 0
}

function summary(context: Context, core: Core, startAddress: string | undefined): string[] {
  const { texts } = context
  const info = core.info()
  const { missingLoaders, bootFiles, liveFiles } = core.supplies()
  return [
    ...describeConsole(context, info),
    ...(info.live ? describeLive(context, info) : [texts.noLive(liveFiles)]),
    ...(missingLoaders.length > 0 ? [texts.noLoaders(missingLoaders.join(', '), bootFiles)] : []),
    texts.dataFolder(context.data),
    ...(core.hasUsers() ? [] : [texts.noUsers]),
    ...(startAddress === undefined ? [] : [texts.startAddress(startAddress)]),
  ]
}

/** A second signal is the system's own business: it ends the process at once. */
function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

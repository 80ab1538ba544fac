import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { executePurge, planPurge, type PurgeOptions, type PurgePlan } from '#image/index.ts'
import { show } from '../context.ts'
import { parseCommand } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

interface PurgeTexts {
  revision: (name: string) => string
  files: (plan: PurgePlan) => string
  rewrites: (packs: number, all: string, alive: string) => string
  spared: (spared: PurgePlan['spared']) => string
  givenBack: (bytes: string) => string
  nothing: string
  execute: (id: string) => string
  confirm: string
  done: (bytes: string) => string
}

const TEXTS: Record<Language, PurgeTexts> = {
  es: {
    revision: (name) => `Se borra para siempre: ${name}`,
    files: ({ packs, manifests }) => `Nadie necesita ya: ${packs.length} paquetes, ${manifests.length} manifiestos.`,
    rewrites: (packs, all, alive) => `Se vuelve a escribir lo que aún se necesita (${alive}) de ${packs} paquetes que ocupan ${all}.`,
    spared: ({ packs, manifests, bytes }) =>
      `Se deja lo que capturas sin terminar han dejado desde ayer: ${packs} paquetes, ${manifests} manifiestos, ${formatBytes(bytes, 'es')}.`,
    givenBack: (bytes) => `Quedarán libres unos ${bytes}.`,
    nothing: 'No hay nada que borrar.',
    execute: (id) => `No se ha borrado nada. Para hacerlo: la misma orden con --execute ${id}`,
    confirm: '¿Continuar? [s/N] ',
    done: (bytes) => `Hecho: ${bytes} libres.`,
  },
  en: {
    revision: (name) => `Gone for ever: ${name}`,
    files: ({ packs, manifests }) => `Nobody needs any more: ${packs.length} packs, ${manifests.length} manifests.`,
    rewrites: (packs, all, alive) => `What is still needed (${alive}) of ${packs} packs that take ${all} is written anew.`,
    spared: ({ packs, manifests, bytes }) =>
      `What unfinished captures have left since yesterday stays: ${packs} packs, ${manifests} manifests, ${formatBytes(bytes, 'en')}.`,
    givenBack: (bytes) => `About ${bytes} will be free.`,
    nothing: 'There is nothing to purge.',
    execute: (id) => `Nothing has been purged. To do it: the same command with --execute ${id}`,
    confirm: 'Go on? [y/N] ',
    done: (bytes) => `Done: ${bytes} free.`,
  },
}

export const purge: ImageCommand = {
  usage: {
    es: `  purge --repo CARPETA [NOMBRE[@REV]…] [--unfinished] [--execute PLAN | --yes]
                                 vacía la papelera, o esas revisiones de ella, y libera lo que nadie necesita. Muestra el
                                 plan; lo ejecuta si se confirma, y solo si nada ha cambiado`,
    en: `  purge --repo DIR [NAME[@REV]…] [--unfinished] [--execute PLAN | --yes]
                                 empties the trash, or takes these revisions from it, and frees what nobody needs. Shows
                                 the plan; carries it out when it is confirmed, and only if nothing has changed`,
  },
  async run(context, args) {
    const { values, positionals: names } = parseCommand(args, {
      ...REPO,
      unfinished: { type: 'boolean', default: false },
      execute: { type: 'string' },
      yes: { type: 'boolean', default: false },
    })
    await using repository = await openRepository(values.repo)
    const { signal, onProgress } = context
    const options: PurgeOptions = { ...(names.length > 0 && { names }), unfinished: values.unfinished, signal }
    const plan = await planPurge(repository, options)
    const { execute } = values
    // Too short a start of an identifier could be that of another plan.
    if (execute !== undefined && (execute.length < SHORT || !plan.id.startsWith(execute))) {
      throw new ClonaulaError('planChanged', `the plan is ${plan.id} now`)
    }
    if (execute === undefined && !values.yes && !(await confirmed(context, plan))) return RESULT.ok
    const result = await executePurge(repository, plan, { ...options, onProgress })
    show(context, { plan, ...result }, () => [TEXTS[context.language].done(formatBytes(result.givenBack, context.language))])
    return RESULT.ok
  },
}

/** Characters of a plan's identifier that people are shown, and have to give. */
const SHORT = 12

/** Shows a plan and, to a person at a terminal, asks for it to be confirmed. */
async function confirmed(context: ImageContext, plan: PurgePlan): Promise<boolean> {
  const texts = TEXTS[context.language]
  const empty = plan.revisions.length + plan.manifests.length + plan.packs.length + plan.rewrites.length === 0
  const asks = context.terminal.interactive && !context.json && !empty
  const closing = empty ? [texts.nothing] : asks ? [] : [texts.execute(plan.id.slice(0, SHORT))]
  show(context, { plan }, () => [...lines(plan, context.language), ...closing])
  return asks && context.texts.confirmed.test((await context.terminal.ask(texts.confirm)).trim())
}

function lines(plan: PurgePlan, language: Language): string[] {
  const texts = TEXTS[language]
  const bytes = (count: number): string => formatBytes(count, language)
  const { revisions, manifests, packs, rewrites, spared, givenBack } = plan
  const all = rewrites.reduce((sum, { size }) => sum + size, 0)
  const alive = rewrites.reduce((sum, rewrite) => sum + rewrite.alive, 0)
  return [
    ...revisions.map((ref) => texts.revision([revisionName(ref), ref.description].filter((part) => part !== '').join(' · '))),
    ...(packs.length + manifests.length > 0 ? [texts.files(plan)] : []),
    ...(rewrites.length > 0 ? [texts.rewrites(rewrites.length, bytes(all), bytes(alive))] : []),
    ...(spared.packs + spared.manifests > 0 ? [texts.spared(spared)] : []),
    ...(givenBack > 0 ? [texts.givenBack(bytes(givenBack))] : []),
  ]
}

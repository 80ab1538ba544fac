import { RESULT } from '#shared/domain/result-codes.ts'
import { printable } from '#shared/domain/printable.ts'
import { unreadableBytes, type ManifestFacts } from '#shared/formats/manifest-facts.ts'
import { formatBytes, formatSeconds, type Language } from '#shared/i18n/index.ts'
import { readManifest, type GrowStep, type ImageRef, type RestoreResult } from '#image/index.ts'
import { thisMachine } from '#image/disk/machine.ts'
import { planTarget, type TargetPlan } from '#image/job/plan-target.ts'
import { restoreTarget } from '#image/job/restore-target.ts'
import { show } from '../context.ts'
import { table } from '../table.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { byteSize, positiveNumber, REPO, required } from './options.ts'

interface RestoreTexts {
  columns: readonly string[]
  erases: (target: string) => string
  erasesNothing: (target: string) => string
  creates: (target: string, size: string) => string
  confirm: string
  incomplete: (bytes: string) => string
  cannotGrow: (path: string) => string
  done: (revision: string, target: string, figures: RestoreResult, seconds: number) => string
  resumed: string
  kept: (bytes: string) => string
  undiscarded: (path: string) => string
}

const TEXTS: Record<Language, RestoreTexts> = {
  es: {
    columns: ['destino', 'contiene', 'etiqueta', 'tamaño'],
    erases: (target) => `Se borrará lo que hay en ${target}:`,
    erasesNothing: (target) => `En ${target} no hay nada conocido; se sobrescribirá.`,
    creates: (target, size) => `${target} tendrá ${size}.`,
    confirm: '¿Continuar? [s/N] ',
    incomplete: (bytes) => `La imagen está INCOMPLETA: ${bytes} de su origen no se pudieron leer y en ella son ceros.`,
    cannotGrow: (path) => `${path}: nada amplía este sistema de ficheros; detrás de él queda sitio sin usar.`,
    done: (revision, target, { bytesWritten, bytesReceived }, seconds) => `${revision} restaurada en ${target}: `
      + `${formatBytes(bytesWritten, 'es')} escritos, ${formatBytes(bytesReceived, 'es')} leídos del repositorio, en ${formatSeconds(seconds)}.`,
    resumed: 'Se ha continuado una restauración que se cortó.',
    kept: (bytes) => `${bytes} ya estaban bien en el destino.`,
    undiscarded: (path) => `${path} no admite que se descarte lo que no usa.`,
  },
  en: {
    columns: ['target', 'holds', 'label', 'size'],
    erases: (target) => `What is on ${target} will be erased:`,
    erasesNothing: (target) => `Nothing that is known is on ${target}; it will be overwritten.`,
    creates: (target, size) => `${target} will have ${size}.`,
    confirm: 'Go on? [y/N] ',
    incomplete: (bytes) => `The image is INCOMPLETE: ${bytes} of its source could not be read and are zeros in it.`,
    cannotGrow: (path) => `${path}: nothing grows this filesystem; room is left unused behind it.`,
    done: (revision, target, { bytesWritten, bytesReceived }, seconds) => `${revision} restored to ${target}: `
      + `${formatBytes(bytesWritten, 'en')} written, ${formatBytes(bytesReceived, 'en')} read from the repository, in ${formatSeconds(seconds)}.`,
    resumed: 'A restore that was cut short was continued.',
    kept: (bytes) => `${bytes} were right on the target already.`,
    undiscarded: (path) => `${path} takes no discards of what is not in use.`,
  },
}

export const restore: ImageCommand = {
  usage: {
    es: `  restore --repo CARPETA NOMBRE[@REV] DESTINO [--partition N] [--delta] [--verify] [--discard] [--no-grow]
    [--size TAMAÑO] [--yes]      DESTINO: como ORIGEN; un fichero que no existe se crea. La misma orden continúa una
                                 restauración que se cortó`,
    en: `  restore --repo DIR NAME[@REV] TARGET [--partition N] [--delta] [--verify] [--discard] [--no-grow]
    [--size SIZE] [--yes]        TARGET: as SOURCE; a file that is not there is made. The same command goes on with a
                                 restore that was cut short`,
  },
  async run(context, args) {
    const request = parseRequest(args)
    await using repository = await openRepository(request.repo)
    const ref = await repository.resolve(request.revision)
    const manifest = await repository.manifest(ref.manifest)
    const { facts } = await readManifest(manifest)
    const machine = thisMachine()
    const plan = await planTarget(machine, { path: request.target, image: facts, volume: request.partition, size: request.size })
    describe(context, facts, plan)
    if (!request.yes && !await confirmed(context)) return RESULT.cancelled
    const started = performance.now()
    const figures = await restoreTarget({
      ...request, plan, manifest, machine, source: repository, signal: context.signal, onProgress: context.onProgress,
      onGrow: (path, step) => sayGrow(context, path, step),
    })
    return report(context, { ref, facts, plan, figures, seconds: (performance.now() - started) / 1000 })
  },
}

interface RestoreRequest {
  repo: string
  revision: string
  target: string
  partition: number | undefined
  size: number | undefined
  delta: boolean
  verify: boolean
  discard: boolean
  grow: boolean
  yes: boolean
}

function parseRequest(args: readonly string[]): RestoreRequest {
  const { values, positionals: rest } = parseCommand(args, {
    ...REPO,
    partition: { type: 'string' },
    size: { type: 'string' },
    delta: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    discard: { type: 'boolean', default: false },
    'no-grow': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
  })
  const [revision, target] = positionals(rest, 'NAME[@REV]', 'TARGET')
  const { delta, verify, discard, yes } = values
  return {
    repo: required(values.repo, '--repo'), revision, target,
    partition: positiveNumber(values.partition, '--partition'),
    size: byteSize(values.size, '--size'),
    delta, verify, discard, grow: !values['no-grow'], yes,
  }
}

/** What the target loses and gets. */
function describe({ say, language }: ImageContext, facts: ManifestFacts, { path, erases, extendTo }: TargetPlan): void {
  const texts = TEXTS[language]
  const incomplete = unreadableBytes(facts)
  if (incomplete > 0) say(texts.incomplete(formatBytes(incomplete, language)))
  if (erases.length > 0) {
    say(texts.erases(path))
    const rows = erases.map((part) => [part.path, part.filesystem, part.label, formatBytes(part.size, language)])
    for (const line of table(texts.columns, rows)) say(line)
  } else if (extendTo === undefined) say(texts.erasesNothing(path))
  if (extendTo !== undefined) say(texts.creates(path, formatBytes(extendTo, language)))
}

/** A person is asked; a program has said what it wants. */
async function confirmed({ terminal, json, language, texts }: ImageContext): Promise<boolean> {
  if (!terminal.interactive || json) return true
  const answer = await terminal.ask(printable(TEXTS[language].confirm))
  return texts.confirmed.test(answer.trim())
}

function sayGrow({ say, language }: ImageContext, path: string, step: GrowStep): void {
  if (step.kind === 'cannotGrow') say(TEXTS[language].cannotGrow(path))
}

interface Restored {
  ref: ImageRef
  facts: ManifestFacts
  plan: TargetPlan
  figures: RestoreResult
  seconds: number
}

function report(context: ImageContext, { ref, facts, plan, figures, seconds }: Restored): number {
  const value = {
    image: ref.image, revision: ref.revision, manifest: ref.manifest,
    target: plan.path, volumes: plan.volumes.map(({ number }) => number), erased: plan.erases,
    incomplete: unreadableBytes(facts), figures, seconds,
  }
  const { language } = context
  const texts = TEXTS[language]
  show(context, value, () => [
    ...(figures.resumed ? [texts.resumed] : []),
    ...(figures.bytesKept > 0 ? [texts.kept(formatBytes(figures.bytesKept, language))] : []),
    ...figures.undiscarded.map(texts.undiscarded),
    texts.done(revisionName(ref), plan.path, figures, seconds),
  ])
  return RESULT.ok
}

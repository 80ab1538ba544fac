import { hostname } from 'node:os'
import { formatBytes, formatSeconds, type Language } from '#shared/i18n/index.ts'
import { CaptureMode } from '#shared/domain/image.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { unreadableBytes } from '#shared/formats/manifest-facts.ts'
import { LocalRepository, noteText, readManifest, type CaptureFigures, type ImageRef, type OnReadError, type SourceNote } from '#image/index.ts'
import { captureSource, type SourcePart } from '#image/job/capture-source.ts'
import { VERSION } from '../../platform/version.ts'
import { show } from '../context.ts'
import { table } from '../table.ts'
import { oneOf, parseCommand, positionals } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { revisionName } from './open-repository.ts'
import { imageName, REPO, required } from './options.ts'

interface CaptureTexts {
  columns: readonly string[]
  part: Record<SourcePart['part'], string>
  everySector: (part: SourcePart) => string
  done: (revision: string, figures: CaptureFigures, seconds: number) => string
  /** Before the one thing that a power cut can damage. */
  shrinking: string
  incomplete: (bytes: string) => string
}

const TEXTS: Record<Language, CaptureTexts> = {
  es: {
    columns: ['origen', 'contiene', 'etiqueta', 'tamaño', 'se guarda'],
    part: { used: 'lo que está en uso', sector: 'todos los sectores', swap: 'solo sus identificadores', boot: 'arranque, entera' },
    everySector: ({ path, filesystem }) => `${path} (${filesystem}): no se puede ver qué contiene; se guardan todos los sectores.`,
    done: (revision, { bytesRead, newBytes }, seconds) =>
      `${revision}: ${formatBytes(bytesRead, 'es')} leídos, ${formatBytes(newBytes, 'es')} nuevos, en ${formatSeconds(seconds)}.`,
    shrinking: 'Se reduce el origen: que no le falte la corriente mientras tanto, porque su herramienta mueve bloques y un corte puede dañarlo (--no-shrink lo evita). Ctrl+C y matar el proceso no lo dañan; si queda reducido, «image release» le devuelve su tamaño, y la próxima captura también.',
    incomplete: (bytes) => `La imagen está INCOMPLETA: ${bytes} del origen no se pudieron leer y en ella son ceros.`,
  },
  en: {
    columns: ['source', 'holds', 'label', 'size', 'kept'],
    part: { used: 'what is in use', sector: 'every sector', swap: 'only its identifiers', boot: 'boot, all of it' },
    everySector: ({ path, filesystem }) => `${path} (${filesystem}): nothing can look into it; every sector is kept.`,
    done: (revision, { bytesRead, newBytes }, seconds) =>
      `${revision}: ${formatBytes(bytesRead, 'en')} read, ${formatBytes(newBytes, 'en')} new, in ${formatSeconds(seconds)}.`,
    shrinking: 'The source is being shrunk: keep its power on meanwhile, because its tool moves blocks, and a power cut may damage it (--no-shrink avoids that). Ctrl+C and killing the process do not; left small, it gets its size back by “image release”, or by the next capture.',
    incomplete: (bytes) => `The image is INCOMPLETE: ${bytes} of the source could not be read and are zeros in it.`,
  },
}

export const capture: ImageCommand = {
  usage: {
    es: `  capture --repo CARPETA --name NOMBRE [--parent NOMBRE[@REV]] [--mode filesystem|used|sector] [--no-clean]
    [--no-shrink] [--on-error fail|skip] [--description TEXTO] ORIGEN
                                 ORIGEN: partición, disco, dispositivo loop, o fichero de un sistema de ficheros o de un disco`,
    en: `  capture --repo DIR --name NAME [--parent NAME[@REV]] [--mode filesystem|used|sector] [--no-clean]
    [--no-shrink] [--on-error fail|skip] [--description TEXT] SOURCE
                                 SOURCE: partition, disk, loop device, or file of a filesystem or of a disk`,
  },
  async run(context, args) {
    const request = parseRequest(args)
    await using repository = await LocalRepository.open(request.repo)
    const parent = request.parent === undefined ? undefined : await repository.resolve(request.parent)
    const started = performance.now()
    const notes: SourceNote[] = []
    let warned = false
    const { manifest, figures } = await captureSource({
      ...request,
      creator: `clonaula ${VERSION}`,
      source: `${hostname()} ${request.path}`.slice(0, 500),
      parent: parent?.manifest,
      store: repository,
      onPlan: (parts) => describe(context, request.mode, parts),
      onNote: (note) => {
        notes.push(note)
        context.say(noteText(note, context.language))
      },
      onProgress: (progress) => {
        if (progress.phase === 'shrink' && !warned) context.say(TEXTS[context.language].shrinking)
        warned ||= progress.phase === 'shrink'
        context.onProgress(progress)
      },
      signal: context.signal,
    })
    context.signal.throwIfAborted()
    const id = await repository.publish(manifest)
    const { name, description } = request
    // A revision's number is one of its own image: what was made from another image says so in its manifest only.
    const parentRevision = parent?.image === name ? parent.revision : undefined
    const ref = await repository.addRevision({ image: name, parent: parentRevision, manifest: id, description })
    return report(context, { ref, parent, manifest, figures, notes, seconds: (performance.now() - started) / 1000 })
  },
}

interface CaptureRequest {
  repo: string
  name: string
  parent: string | undefined
  mode: CaptureMode
  clean: boolean
  shrink: boolean
  onReadError: OnReadError
  description: string
  path: string
}

function parseRequest(args: readonly string[]): CaptureRequest {
  const { values, positionals: rest } = parseCommand(args, {
    ...REPO,
    name: { type: 'string' },
    parent: { type: 'string' },
    mode: { type: 'string', default: 'filesystem' },
    'no-clean': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'on-error': { type: 'string', default: 'fail' },
    description: { type: 'string', default: '' },
  })
  const [path] = positionals(rest, 'SOURCE')
  return {
    repo: required(values.repo, '--repo'),
    name: imageName(required(values.name, '--name')),
    parent: values.parent,
    mode: oneOf(values.mode, '--mode', CaptureMode.options),
    clean: !values['no-clean'],
    shrink: !values['no-shrink'],
    onReadError: oneOf(values['on-error'], '--on-error', ['fail', 'skip']),
    description: values.description,
    path,
  }
}

/** What is going to be read, and a sentence for what is taken whole because there is no other way. */
function describe({ json, language, say }: ImageContext, mode: CaptureMode, parts: readonly SourcePart[]): void {
  if (json) return
  const texts = TEXTS[language]
  const rows = parts.map(({ path, filesystem, label, size, part }) => [path, filesystem, label, formatBytes(size, language), texts.part[part]])
  for (const line of table(texts.columns, rows)) say(line)
  if (mode === 'sector') return
  for (const part of parts.filter(({ part }) => part === 'sector')) say(texts.everySector(part))
}

interface Captured {
  ref: ImageRef
  parent: ImageRef | undefined
  manifest: Uint8Array
  figures: CaptureFigures
  notes: readonly SourceNote[]
  seconds: number
}

async function report(context: ImageContext, { ref, parent, manifest, figures, notes, seconds }: Captured): Promise<number> {
  const { facts } = await readManifest(manifest)
  const incomplete = unreadableBytes(facts)
  const texts = TEXTS[context.language]
  const value = {
    image: ref.image, revision: ref.revision, manifest: ref.manifest,
    ...(parent && { parent: { image: parent.image, revision: parent.revision } }),
    volumes: facts.volumes, incomplete, notes, figures, seconds,
  }
  show(context, value, () => [
    ...(incomplete > 0 ? [texts.incomplete(formatBytes(incomplete, context.language))] : []),
    texts.done(revisionName(ref), figures, seconds),
  ])
  return RESULT.ok
}

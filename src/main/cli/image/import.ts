import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes, formatSeconds, type Language } from '#shared/i18n/index.ts'
import { LocalRepository } from '#image/index.ts'
import { importImage, type ImportOptions, type ImportReport } from '#image/import/import-image.ts'
import { importNoteText, refusalText } from '#image/import/import-texts.ts'
import { LEGACY_FORMATS } from '#image/import/plan.ts'
import type { VolumeReport } from '#image/import/volume.ts'
import { VERSION } from '../../platform/version.ts'
import { show } from '../context.ts'
import { table } from '../table.ts'
import { oneOf, parseCommand, positionals } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { imageName, REPO, required } from './options.ts'

interface ImportTexts {
  columns: readonly string[]
  checksum: Record<VolumeReport['checksum'], string>
  bootAreas: string
  done: (revision: string, report: ImportReport, seconds: number) => string
  sums: (files: number, algorithms: string) => string
}

const TEXTS: Record<Language, ImportTexts> = {
  es: {
    columns: ['partición', 'sistema', 'etiqueta', 'tamaño', 'necesita', 'leídos', 'compresión', 'bloques', 'sumas'],
    checksum: { verified: 'correctas', none: 'no lleva' },
    bootAreas: 'arranque',
    done: (revision, { source, figures }, seconds) =>
      `${revision} ← ${source}: ${formatBytes(figures.bytesRead, 'es')}, ${formatBytes(figures.newBytes, 'es')} nuevos, en ${formatSeconds(seconds)}.`,
    sums: (files, algorithms) => `Sumas de ficheros comprobadas: ${files} (${algorithms}).`,
  },
  en: {
    columns: ['partition', 'filesystem', 'label', 'size', 'needs', 'read', 'compression', 'blocks', 'checksums'],
    checksum: { verified: 'right', none: 'has none' },
    bootAreas: 'boot areas',
    done: (revision, { source, figures }, seconds) =>
      `${revision} ← ${source}: ${formatBytes(figures.bytesRead, 'en')}, ${formatBytes(figures.newBytes, 'en')} new, in ${formatSeconds(seconds)}.`,
    sums: (files, algorithms) => `Sums of files checked: ${files} (${algorithms}).`,
  },
}

export const importCommand: ImageCommand = {
  usage: {
    es: `  import --repo CARPETA --name NOMBRE [--format auto|partclone|opengnsys|fog|clonezilla] [--description TEXTO] RUTA
                                 RUTA: un fichero de partclone u OpenGnsys, o una carpeta de FOG o de Clonezilla`,
    en: `  import --repo DIR --name NAME [--format auto|partclone|opengnsys|fog|clonezilla] [--description TEXT] PATH
                                 PATH: a file of partclone or OpenGnsys, or a folder of FOG or of Clonezilla`,
  },
  async run(context, args) {
    const { repo, ...request } = parseRequest(args)
    await using repository = await LocalRepository.open(repo)
    const started = performance.now()
    const report = await explained(context.language, importImage({
      ...request, repository, creator: `clonaula ${VERSION}`, signal: context.signal, onProgress: context.onProgress,
    }))
    return tell(context, report, (performance.now() - started) / 1000)
  },
}

function parseRequest(args: readonly string[]): Pick<ImportOptions, 'name' | 'format' | 'description' | 'path'> & { repo: string } {
  const { values, positionals: rest } = parseCommand(args, {
    ...REPO,
    name: { type: 'string' },
    format: { type: 'string', default: 'auto' },
    description: { type: 'string', default: '' },
  })
  const [path] = positionals(rest, 'PATH')
  return {
    repo: required(values.repo, '--repo'),
    name: imageName(required(values.name, '--name')),
    format: oneOf(values.format, '--format', ['auto', ...LEGACY_FORMATS]),
    description: values.description,
    path,
  }
}

/** Puts a refusal's reason into words, for the sentence of its result. */
async function explained<T>(language: Language, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    const text = cause instanceof ClonaulaError ? refusalText(cause.params, language) : undefined
    if (!(cause instanceof ClonaulaError) || text === undefined) throw cause
    const key = cause.result === 'corruptImage' ? 'place' : 'problem'
    throw new ClonaulaError(cause.result, cause.message, { ...cause.params, [key]: text }, { cause })
  }
}

function tell(context: ImageContext, report: ImportReport, seconds: number): number {
  const { ref, ...rest } = report
  const value = { image: ref.image, revision: ref.revision, manifest: ref.manifest, ...rest, seconds }
  show(context, value, () => lines(context.language, report, seconds))
  return RESULT.ok
}

function lines(language: Language, report: ImportReport, seconds: number): string[] {
  const texts = TEXTS[language]
  const rows = report.volumes.map((volume) => [
    volume.number === 0 ? texts.bootAreas : String(volume.number), volume.filesystem, volume.label, formatBytes(volume.size, language),
    formatBytes(volume.minimumSize, language), formatBytes(volume.bytesRead, language), volume.compression,
    volume.usedBlocks === undefined ? '' : `${volume.usedBlocks} × ${volume.blockSize}`,
    volume.container === 'made' ? '' : texts.checksum[volume.checksum],
  ])
  const { files, algorithms } = report.sums
  return [
    ...table(texts.columns, rows),
    ...(files > 0 ? [texts.sums(files, algorithms.join(', '))] : []),
    ...report.notes.map((note) => importNoteText(note, language)),
    texts.done(`${report.ref.image}@${report.ref.revision}`, report, seconds),
  ]
}

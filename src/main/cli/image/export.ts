import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { unreadableBytes } from '#shared/formats/manifest-facts.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { LocalRepository, readManifest } from '#image/index.ts'
import { exportPartclone, type ExportedVolume } from '#image/export/export-partclone.ts'
import { fileError } from '#image/repository/files.ts'
import { show } from '../context.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { positiveNumber, REPO, required } from './options.ts'

interface ExportTexts {
  done: (revision: string, file: string, exported: ExportedVolume) => string
  incomplete: string
}

const TEXTS: Record<Language, ExportTexts> = {
  es: {
    done: (revision, file, { volume, bytes }) =>
      `${revision}, partición ${volume.number} (${volume.filesystem}) → ${file}: ${formatBytes(bytes, 'es')}; partclone.restore la restaura donde quepan ${formatBytes(volume.minimumSize, 'es')}.`,
    incomplete: 'La imagen está INCOMPLETA: lo que no se pudo leer de su origen son ceros.',
  },
  en: {
    done: (revision, file, { volume, bytes }) =>
      `${revision}, partition ${volume.number} (${volume.filesystem}) → ${file}: ${formatBytes(bytes, 'en')}; partclone.restore restores it wherever ${formatBytes(volume.minimumSize, 'en')} fit.`,
    incomplete: 'The image is INCOMPLETE: what could not be read of its source are zeros.',
  },
}

/** The standard output. */
const STDOUT = '-'

export const exportCommand: ImageCommand = {
  usage: {
    es: `  export --repo CARPETA NOMBRE[@REV] [--partition N] FICHERO|-
                                 una partición como imagen de partclone; «-» es la salida estándar`,
    en: `  export --repo DIR NAME[@REV] [--partition N] FILE|-
                                 a partition as an image of partclone; “-” is the standard output`,
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, { ...REPO, partition: { type: 'string' } })
    const [name, file] = positionals(rest, 'NAME[@REV]', 'FILE')
    await using repository = await LocalRepository.open(required(values.repo, '--repo'), { create: false })
    const ref = await repository.resolve(name)
    const manifest = await readManifest(await repository.manifest(ref.manifest))
    const partition = positiveNumber(values.partition, '--partition')
    const exported = await into(file, (sink) => exportPartclone(repository, manifest, partition, sink, context))
    const texts = TEXTS[context.language]
    const incomplete = unreadableBytes(manifest.facts)
    const lines = [
      ...(incomplete > 0 ? [texts.incomplete] : []), texts.done(`${ref.image}@${ref.revision}`, file, exported),
    ]
    if (file === STDOUT) for (const line of lines) context.terminal.err(`${line}\n`)
    else show(context, { image: ref.image, revision: ref.revision, file, incomplete, ...exported }, () => lines)
    return RESULT.ok
  },
}

/** Writes a file that is there whole or not at all; or the standard output. */
async function into<T>(file: string, write: (sink: Writable) => Promise<T>): Promise<T> {
  if (file === STDOUT) {
    if (process.stdout.isTTY) throw new UsageError('expected', STDOUT, 'FILE', '| …, > …')
    return write(process.stdout)
  }
  const exists = await stat(file).then(() => true, () => false)
  if (exists) throw new ClonaulaError('nameTaken', `${file} is there already`, { name: file })
  const draft = `${file}.part`
  try {
    const result = await write(createWriteStream(draft, { flags: 'wx', flush: true }))
    await rename(draft, file)
    return result
  } catch (cause) {
    if (!isExists(cause)) await rm(draft, { force: true })
    throw fileError(file, cause)
  }
}

/** Somebody else's draft is left alone. */
function isExists(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
}

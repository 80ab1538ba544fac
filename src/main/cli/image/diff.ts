import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { compareRevisions, readManifest, type ChunkSum, type RevisionDifference } from '#image/index.ts'
import { diffFiles, type FileChange } from '#image/browse/diff-files.ts'
import { show } from '../context.ts'
import { table } from '../table.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { positiveNumber, REPO } from './options.ts'

interface DiffTexts {
  columns: readonly string[]
  wholeDisk: string
  sum: (added: ChunkSum, removed: ChunkSum) => string
  same: string
  change: Record<FileChange['change'], string>
}

const TEXTS: Record<Language, DiffTexts> = {
  es: {
    columns: ['volumen', 'sistema', 'datos antes', 'datos después', 'cambia', 'es nuevo', 'nuevo, comprimido'],
    wholeDisk: 'disco',
    sum: (added, removed) => `Nuevo: ${formatBytes(added.plain, 'es')} (${formatBytes(added.stored, 'es')} en el repositorio). `
      + `Ya no está: ${formatBytes(removed.plain, 'es')} (${formatBytes(removed.stored, 'es')}).`,
    same: 'Son iguales, byte a byte.',
    change: { added: 'nuevo', removed: 'quitado', changed: 'cambiado' },
  },
  en: {
    columns: ['volume', 'filesystem', 'data before', 'data after', 'changes', 'is new', 'new, compressed'],
    wholeDisk: 'disk',
    sum: (added, removed) => `New: ${formatBytes(added.plain, 'en')} (${formatBytes(added.stored, 'en')} in the repository). `
      + `Gone: ${formatBytes(removed.plain, 'en')} (${formatBytes(removed.stored, 'en')}).`,
    same: 'They are the same, byte by byte.',
    change: { added: 'added', removed: 'removed', changed: 'changed' },
  },
}

export const diff: ImageCommand = {
  usage: {
    es: `  diff --repo CARPETA NOMBRE[@REV] NOMBRE[@REV] [--files [--content] [--partition N]]
                                 cuánto cambia de la primera a la segunda; con --files también qué ficheros (root), y con
                                 --content sin los que solo cambian de fecha`,
    en: `  diff --repo DIR NAME[@REV] NAME[@REV] [--files [--content] [--partition N]]
                                 how much changes from the first to the second; with --files also which files (root), and
                                 with --content without those of which only the time changes`,
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, {
      ...REPO, files: { type: 'boolean', default: false }, content: { type: 'boolean', default: false }, partition: { type: 'string' },
    })
    const partition = positiveNumber(values.partition, '--partition')
    const names = positionals(rest, 'NAME[@REV]', 'NAME[@REV]')
    await using repository = await openRepository(values.repo)
    const [before, after] = [await repository.resolve(names[0]), await repository.resolve(names[1])]
    const manifests = [await readManifest(await repository.manifest(before.manifest)), await readManifest(await repository.manifest(after.manifest))] as const
    const difference = await compareRevisions(repository, ...manifests, { signal: context.signal })
    const files = values.files
      ? await diffFiles(repository, revisionName(before), revisionName(after), { partition, content: values.content, signal: context.signal })
      : undefined
    show(context, { before, after, ...difference, ...(files && { files }) }, () => [
      `${revisionName(before)} → ${revisionName(after)}`, ...lines(difference, context.language),
      ...(files ?? []).map(({ change, path }) => `${TEXTS[context.language].change[change].padEnd(10)}${path}`),
    ])
    return RESULT.ok
  },
}

function lines({ volumes, added, removed }: RevisionDifference, language: Language): string[] {
  const texts = TEXTS[language]
  const bytes = (count: number | undefined): string => (count === undefined ? '–' : formatBytes(count, language))
  if (volumes.every(({ before, after, changed }) => before && after && before.used === after.used && changed === 0)) return [texts.same]
  return [
    ...table(texts.columns, volumes.map((volume) => [
      volume.number === 0 ? texts.wholeDisk : String(volume.number), (volume.after ?? volume.before)?.filesystem ?? '',
      bytes(volume.before?.used), bytes(volume.after?.used), bytes(volume.changed), bytes(volume.added.plain), bytes(volume.added.stored),
    ])),
    texts.sum(added, removed),
  ]
}

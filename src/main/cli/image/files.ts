import { RESULT } from '#shared/domain/result-codes.ts'
import type { Language } from '#shared/i18n/index.ts'
import { ImageFiles } from '#image/browse/files.ts'
import type { TreeEntry } from '#image/browse/tree.ts'
import { showTable } from '../context.ts'
import { parseCommand, UsageError } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { FILES_OPTIONS, withVolume } from './open-files.ts'

const COLUMNS: Record<Language, readonly string[]> = {
  es: ['permisos', 'dueño', 'bytes', 'fecha', 'nombre'],
  en: ['mode', 'owner', 'bytes', 'date', 'name'],
}

export const files: ImageCommand = {
  usage: {
    es: '  files --repo CARPETA NOMBRE[@REV] [--partition N] [RUTA]\n                                 qué ficheros hay en una carpeta de la imagen (root)',
    en: '  files --repo DIR NAME[@REV] [--partition N] [PATH]\n                                 which files are in a folder of the image (root)',
  },
  async run(context, args) {
    const { values, positionals: [name, path = '/', ...more] } = parseCommand(args, FILES_OPTIONS)
    if (name === undefined) throw new UsageError('missing', 'NAME[@REV]')
    if (more[0] !== undefined) throw new UsageError('extra', more[0])
    const { signal } = context
    const entries = await withVolume(context, { repo: values.repo, partition: values.partition, name }, false, async (volume) => {
      const { folder } = await volume.mount(undefined, { signal })
      return new ImageFiles(folder, volume.facts.filesystem).list(path, { signal })
    })
    showTable(context, entries, COLUMNS[context.language], entries.map((entry) => row(entry, context.language)), context.texts.none)
    return RESULT.ok
  },
}

function row({ kind, mode, owner, size, modified, path, target }: TreeEntry, language: Language) {
  const date = new Date(Number(modified) * 1000).toLocaleString(language)
  const name = kind === 'd' ? `${path}/` : kind === 'l' ? `${path} → ${target}` : path
  return [`${kind === 'f' ? '-' : kind}${mode.padStart(4, '0')}`, owner, size, date, name]
}

import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { ImageFiles } from '#image/browse/files.ts'
import type { OpenVolume } from '#image/browse/open-volume.ts'
import { show } from '../context.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { FILES_OPTIONS, withVolume } from './open-files.ts'
import { DESCRIPTION, save, savedLine, savedValue } from './save.ts'

interface Changes {
  add: readonly { source: string; path: string }[]
  remove: readonly string[]
}

export const edit: ImageCommand = {
  usage: {
    es: `  edit --repo CARPETA NOMBRE[@REV] [--partition N] [--delete RUTA]… [--add FICHERO:RUTA]… [--description TEXTO]
                                 una revisión nueva sin unos ficheros y con otros, de este equipo (root)`,
    en: `  edit --repo DIR NAME[@REV] [--partition N] [--delete PATH]… [--add FILE:PATH]… [--description TEXT]
                                 a new revision without some files and with others, of this computer (root)`,
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, {
      ...FILES_OPTIONS, ...DESCRIPTION, add: { type: 'string', multiple: true }, delete: { type: 'string', multiple: true },
    })
    const [name] = positionals(rest, 'NAME[@REV]')
    const changes: Changes = { add: (values.add ?? []).map(parseAddition), remove: values.delete ?? [] }
    if (changes.add.length + changes.remove.length === 0) throw new UsageError('missing', '--add, --delete')
    const saved = await withVolume(context, { repo: values.repo, partition: values.partition, name }, true, async (volume) => {
      await change(context, volume, changes)
      await volume.settle({ signal: context.signal })
      return save(context, volume.revision, [volume.edited()], values.description, context.signal)
    })
    show(context, savedValue(saved), () => [savedLine(saved, context.language)])
    return RESULT.ok
  },
}

/** What is deleted makes room for what is added. */
async function change({ signal }: ImageContext, volume: OpenVolume, { add, remove }: Changes): Promise<void> {
  const mounted = await volume.mount(undefined, { signal })
  const files = new ImageFiles(mounted.folder, volume.facts.filesystem)
  for (const path of remove) await files.remove(path, { signal })
  for (const { source, path } of add) await files.add(source, path, { signal })
  if (!await mounted.unmount()) throw new ClonaulaError('inUse', `${mounted.folder} stays in use`, { target: mounted.folder })
}

/** `FILE:PATH`; the last colon counts, so that Windows' streams cannot be named and names of this computer may have one. */
function parseAddition(text: string): { source: string; path: string } {
  const at = text.lastIndexOf(':')
  if (at <= 0 || at === text.length - 1) throw new UsageError('expected', text, '--add', 'FILE:PATH')
  return { source: text.slice(0, at), path: text.slice(at + 1) }
}

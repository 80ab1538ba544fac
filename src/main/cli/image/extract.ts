import { RESULT } from '#shared/domain/result-codes.ts'
import { ImageFiles } from '#image/browse/files.ts'
import { show } from '../context.ts'
import { parseCommand, UsageError } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { FILES_OPTIONS, withVolume } from './open-files.ts'

export const extract: ImageCommand = {
  usage: {
    es: '  extract --repo CARPETA NOMBRE[@REV] [--partition N] RUTA… DESTINO\n                                 copia ficheros y carpetas de la imagen en la carpeta DESTINO (root)',
    en: '  extract --repo DIR NAME[@REV] [--partition N] PATH… DEST\n                                 copies files and folders of the image into the folder DEST (root)',
  },
  async run(context, args) {
    const { values, positionals: [name, ...rest] } = parseCommand(args, FILES_OPTIONS)
    const folder = rest.pop()
    if (name === undefined) throw new UsageError('missing', 'NAME[@REV]')
    if (folder === undefined || rest.length === 0) throw new UsageError('missing', folder === undefined ? 'PATH' : 'DEST')
    const { signal } = context
    const made = await withVolume(context, { repo: values.repo, partition: values.partition, name }, false, async (volume) => {
      const mounted = await volume.mount(undefined, { signal })
      return new ImageFiles(mounted.folder, volume.facts.filesystem).extract(rest, folder, { signal })
    })
    show(context, { extracted: made }, () => made)
    return RESULT.ok
  },
}

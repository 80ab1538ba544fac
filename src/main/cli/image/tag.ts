import { RESULT } from '#shared/domain/result-codes.ts'
import type { Language } from '#shared/i18n/index.ts'
import { show } from '../context.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

const TEXTS: Record<Language, (name: string, tags: readonly string[]) => string> = {
  es: (name, tags) => (tags.length === 0 ? `${name} no tiene etiquetas.` : `${name}: ${tags.join(', ')}`),
  en: (name, tags) => (tags.length === 0 ? `${name} has no tags.` : `${name}: ${tags.join(', ')}`),
}

export const tag: ImageCommand = {
  usage: {
    es: `  tag --repo CARPETA NOMBRE[@REV] ETIQUETA [--remove]
                                 da un nombre a una revisión, que vale por su número: NOMBRE@ETIQUETA`,
    en: `  tag --repo DIR NAME[@REV] TAG [--remove]
                                 gives a revision a name that does for its number: NAME@TAG`,
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, { ...REPO, remove: { type: 'boolean', default: false } })
    const [name, tagName] = positionals(rest, 'NAME[@REV]', 'TAG')
    await using repository = await openRepository(values.repo)
    const { image, revision } = await repository.resolve(name)
    const changed = await repository.tag({ image, revision }, tagName, { remove: values.remove })
    show(context, changed, () => [TEXTS[context.language](revisionName(changed), changed.tags ?? [])])
    return RESULT.ok
  },
}

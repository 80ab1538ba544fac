import { RESULT } from '#shared/domain/result-codes.ts'
import type { Language } from '#shared/i18n/index.ts'
import { show } from '../context.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

const TEXTS: Record<Language, (name: string) => string> = {
  es: (name) => `${name}: en la papelera.`,
  en: (name) => `${name}: in the trash.`,
}

export const trash: ImageCommand = {
  usage: {
    es: '  trash --repo CARPETA NOMBRE[@REV]                 a la papelera: una revisión, o todas las de la imagen',
    en: '  trash --repo DIR NAME[@REV]                       to the trash: one revision, or all of the image',
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, REPO)
    const [name] = positionals(rest, 'NAME[@REV]')
    await using repository = await openRepository(values.repo)
    const refs = await repository.trash(name)
    show(context, refs, () => refs.map((ref) => TEXTS[context.language](revisionName(ref))))
    return RESULT.ok
  },
}

import { RESULT } from '#shared/domain/result-codes.ts'
import type { Language } from '#shared/i18n/index.ts'
import { show } from '../context.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

const TEXTS: Record<Language, (name: string) => string> = {
  es: (name) => `${name}: vuelve a estar en su sitio.`,
  en: (name) => `${name}: back in its place.`,
}

export const untrash: ImageCommand = {
  usage: {
    es: '  untrash --repo CARPETA NOMBRE[@REV]               la saca de la papelera',
    en: '  untrash --repo DIR NAME[@REV]                     takes it out of the trash',
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, REPO)
    const [name] = positionals(rest, 'NAME[@REV]')
    await using repository = await openRepository(values.repo)
    const refs = await repository.untrash(name)
    show(context, refs, () => refs.map((ref) => TEXTS[context.language](revisionName(ref))))
    return RESULT.ok
  },
}

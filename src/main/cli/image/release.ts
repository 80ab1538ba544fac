import { RESULT } from '#shared/domain/result-codes.ts'
import type { Language } from '#shared/i18n/index.ts'
import { noteText } from '#image/index.ts'
import { releaseSource } from '#image/job/release-source.ts'
import { show } from '../context.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'

const NOTHING: Record<Language, (path: string) => string> = {
  es: (path) => `${path}: ninguna captura interrumpida lo ha dejado reducido; no hay nada que devolverle.`,
  en: (path) => `${path}: no capture that was cut short left it small; there is nothing to give back.`,
}

export const release: ImageCommand = {
  usage: {
    es: `  release ORIGEN               devuelve su tamaño a lo que una captura interrumpida (un corte de corriente) dejó reducido;
                                 también lo hace la siguiente captura`,
    en: `  release SOURCE               gives its size back to what a capture that was cut short (a power cut) left small; so does
                                 the next capture`,
  },
  async run(context, args) {
    const [path] = positionals(parseCommand(args, {}).positionals, 'SOURCE')
    const { language, say } = context
    const notes = await releaseSource({ path, onNote: (note) => say(noteText(note, language)) })
    show(context, { source: path, notes }, () => (notes.length === 0 ? [NOTHING[language](path)] : []))
    return RESULT.ok
  },
}

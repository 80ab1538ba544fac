import { RESULT } from '#shared/domain/result-codes.ts'
import { unreadableBytes } from '#shared/formats/manifest-facts.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { describeRevision, type ChunkSum, type RevisionDescription } from '#image/index.ts'
import { show as print } from '../context.ts'
import { table } from '../table.ts'
import { parseCommand, positionals } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

interface ShowTexts {
  made: (description: RevisionDescription) => string
  columns: readonly string[]
  wholeDisk: string
  incomplete: (bytes: string) => string
  weights: readonly string[]
  all: string
  shared: string
  own: string
}

const TEXTS: Record<Language, ShowTexts> = {
  es: {
    made: ({ ref, facts }) => `De ${facts.source}, ${new Date(ref.created).toLocaleString('es')}, con ${facts.creator}`
      + (ref.parent === undefined ? ' (básica)' : ` (diferencial de ${ref.image}@${ref.parent})`),
    columns: ['volumen', 'sistema', 'etiqueta', 'tamaño', 'datos', 'tamaño mínimo', 'modo'],
    wholeDisk: 'disco',
    incomplete: (bytes) => `INCOMPLETA: ${bytes} del origen no se pudieron leer.`,
    weights: ['', 'trozos', 'datos', 'ocupan'],
    all: 'todo', shared: 'también en otras revisiones', own: 'solo en esta',
  },
  en: {
    made: ({ ref, facts }) => `From ${facts.source}, ${new Date(ref.created).toLocaleString('en')}, with ${facts.creator}`
      + (ref.parent === undefined ? ' (base)' : ` (differential of ${ref.image}@${ref.parent})`),
    columns: ['volume', 'filesystem', 'label', 'size', 'data', 'minimum size', 'mode'],
    wholeDisk: 'disk',
    incomplete: (bytes) => `INCOMPLETE: ${bytes} of the source could not be read.`,
    weights: ['', 'chunks', 'data', 'stored'],
    all: 'all', shared: 'in other revisions too', own: 'in this one only',
  },
}

export const show: ImageCommand = {
  usage: {
    es: '  show --repo CARPETA NOMBRE[@REV]                  qué contiene, cuánto ocupa y cuánto comparte',
    en: '  show --repo DIR NAME[@REV]                        what it holds, what it takes and what it shares',
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, REPO)
    const [name] = positionals(rest, 'NAME[@REV]')
    await using repository = await openRepository(values.repo)
    const description = await describeRevision(repository, await repository.resolve(name), { signal: context.signal })
    print(context, description, () => lines(description, context.language))
    return RESULT.ok
  },
}

function lines(description: RevisionDescription, language: Language): string[] {
  const texts = TEXTS[language]
  const bytes = (count: number): string => formatBytes(count, language)
  const { ref, facts, all, shared, own } = description
  const unreadable = unreadableBytes(facts)
  const weight = (name: string, { chunks, plain, stored }: ChunkSum) => [name, chunks, bytes(plain), bytes(stored)]
  return [
    [revisionName(ref), ...(ref.tags ?? []), ref.description].filter((part) => part !== '').join(' · '),
    texts.made(description),
    ...(unreadable > 0 ? [texts.incomplete(bytes(unreadable))] : []),
    '',
    ...table(texts.columns, facts.volumes.map(({ number, filesystem, label, size, used, minimumSize, mode }) =>
      [number === 0 ? texts.wholeDisk : String(number), filesystem, label, bytes(size), bytes(used), bytes(minimumSize), mode])),
    '',
    ...table(texts.weights, [weight(texts.all, all), weight(texts.shared, shared), weight(texts.own, own)]),
  ]
}

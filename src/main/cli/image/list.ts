import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { unreadableBytes, type ManifestFacts } from '#shared/formats/manifest-facts.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { readManifest, type ImageRef, type LocalRepository, type TrashedRef } from '#image/index.ts'
import { showTable } from '../context.ts'
import { parseCommand, UsageError } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

interface ListTexts {
  columns: readonly string[]
  kind: Record<'partition' | 'disk' | 'damaged', string>
  base: string
  incomplete: string
  from: (parent: number) => string
}

const TEXTS: Record<Language, ListTexts> = {
  es: {
    columns: ['revisión', 'de', 'contiene', 'datos', 'fecha', 'etiquetas', 'descripción'],
    kind: { partition: 'partición', disk: 'disco', damaged: 'DAÑADA' },
    base: 'básica',
    incomplete: ', INCOMPLETA',
    from: (parent) => `diferencial de ${parent}`,
  },
  en: {
    columns: ['revision', 'made from', 'holds', 'data', 'date', 'tags', 'description'],
    kind: { partition: 'partition', disk: 'disk', damaged: 'DAMAGED' },
    base: 'base',
    incomplete: ', INCOMPLETE',
    from: (parent) => `differential of ${parent}`,
  },
}

export const list: ImageCommand = {
  usage: {
    es: '  list --repo CARPETA [NOMBRE] [--trash]            revisiones, o las de la papelera',
    en: '  list --repo DIR [NAME] [--trash]                  revisions, or those in the trash',
  },
  async run(context, args) {
    const { values, positionals: [name, ...more] } = parseCommand(args, { ...REPO, trash: { type: 'boolean', default: false } })
    if (more[0] !== undefined) throw new UsageError('extra', more[0])
    await using repository = await openRepository(values.repo)
    const all: (ImageRef | TrashedRef)[] = values.trash ? await repository.listTrash() : await repository.listRefs()
    const chosen = name === undefined ? all : all.filter((ref) => ref.image === name)
    if (name !== undefined && chosen.length === 0) throw new ClonaulaError('notFound', `there is no image ${name}`, { what: name })
    const listed = await Promise.all(chosen.map(async (ref) => ({ ref, facts: await factsOf(repository, ref) })))
    const texts = TEXTS[context.language]
    const rows = listed.map(({ ref, facts }) => [
      revisionName(ref), ref.parent === undefined ? texts.base : texts.from(ref.parent),
      texts.kind[kindOf(facts)] + (facts && unreadableBytes(facts) > 0 ? texts.incomplete : ''),
      facts ? formatBytes(usedBytes(facts), context.language) : '', new Date(ref.created).toLocaleString(context.language),
      (ref.tags ?? []).join(', '), ref.description,
    ])
    showTable(context, listed.map(({ ref, facts }) => ({ ...ref, kind: kindOf(facts), volumes: facts?.volumes ?? [] })),
      texts.columns, rows, context.texts.none)
    return RESULT.ok
  },
}

/** Undefined where the manifest cannot be read: what is wrong with it is for `verify` to say. */
async function factsOf(repository: LocalRepository, { manifest }: ImageRef): Promise<ManifestFacts | undefined> {
  try {
    return (await readManifest(await repository.manifest(manifest))).facts
  } catch (cause) {
    if (cause instanceof ClonaulaError) return undefined
    throw cause
  }
}

function kindOf(facts: ManifestFacts | undefined): 'partition' | 'disk' | 'damaged' {
  if (!facts) return 'damaged'
  return facts.disk ? 'disk' : 'partition'
}

function usedBytes({ volumes }: ManifestFacts): number {
  return volumes.reduce((sum, { used }) => sum + used, 0)
}

import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { openSupplier, repair, type HurtRevision, type RepairedPack, type RepairReport } from '#image/index.ts'
import { show } from '../context.ts'
import { parseCommand, UsageError } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

interface RepairTexts {
  good: string
  outcome: Record<RepairedPack['outcome'], string>
  pack: (pack: string, outcome: string) => string
  manifest: (manifest: string) => string
  mended: string
  lost: (name: string, problem: string) => string
  hurt: (name: string, hurt: HurtRevision) => string
  next: string
}

const TEXTS: Record<Language, RepairTexts> = {
  es: {
    good: 'Todo está como se guardó: no hay nada que reparar.',
    outcome: { fetched: 'vuelve a estar como era', replaced: 'sustituido por otros', marked: 'no se puede reparar por completo' },
    pack: (pack, outcome) => `Paquete ${pack}: ${outcome}.`,
    manifest: (manifest) => `Manifiesto ${manifest}: vuelve a estar como era.`,
    mended: 'Todas las revisiones están completas.',
    lost: (name, problem) => `${name} sigue perdida: ${problem}`,
    hurt: (name, { bytes, volumes }) => `A ${name} le siguen faltando ${formatBytes(bytes, 'es')} (volúmenes ${volumes.join(', ')}).`,
    next: 'Lo que falta puede venir de otro repositorio (--from), o de una captura nueva del mismo equipo seguida de otro «repair».',
  },
  en: {
    good: 'All is as it was saved: there is nothing to repair.',
    outcome: { fetched: 'is as it was again', replaced: 'others have taken its place', marked: 'cannot be mended in full' },
    pack: (pack, outcome) => `Pack ${pack}: ${outcome}.`,
    manifest: (manifest) => `Manifest ${manifest}: is as it was again.`,
    mended: 'All revisions are whole.',
    lost: (name, problem) => `${name} is still lost: ${problem}`,
    hurt: (name, { bytes, volumes }) => `${name} still lacks ${formatBytes(bytes, 'en')} (volumes ${volumes.join(', ')}).`,
    next: 'What is missing can come from another repository (--from), or from a new capture of the same computer and another “repair”.',
  },
}

export const repairCommand: ImageCommand = {
  usage: {
    es: `  repair --repo CARPETA [--from CARPETA|URL]
                                 repara lo que «verify» encuentra dañado: con otro repositorio, o con lo que se ha
                                 capturado después; 33 si algo no se puede reparar`,
    en: `  repair --repo DIR [--from DIR|URL]
                                 mends what “verify” finds damaged: from another repository, or from what was captured
                                 since; 33 when something cannot be mended`,
  },
  async run(context, args) {
    const { values, positionals: [extra] } = parseCommand(args, { ...REPO, from: { type: 'string' } })
    if (extra !== undefined) throw new UsageError('extra', extra)
    await using repository = await openRepository(values.repo)
    const from = values.from === undefined ? undefined : await openSupplier(values.from)
    const report = await repair(repository, { from, signal: context.signal, onProgress: context.onProgress })
    show(context, report, () => lines(report, TEXTS[context.language]))
    return report.hurt.length === 0 ? RESULT.ok : RESULT.corruptImage
  },
}

function lines({ damaged, manifests, hurt }: RepairReport, texts: RepairTexts): string[] {
  if (damaged.length + manifests.length + hurt.length === 0) return [texts.good]
  return [
    ...manifests.map((manifest) => texts.manifest(manifest)),
    ...damaged.map(({ pack, outcome }) => texts.pack(pack, texts.outcome[outcome])),
    ...hurt.map((one) => (one.problem === undefined ? texts.hurt(revisionName(one), one) : texts.lost(revisionName(one), one.problem))),
    hurt.length === 0 ? texts.mended : texts.next,
  ]
}

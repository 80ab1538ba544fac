import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { scrub, type DamagedPack, type HurtRevision, type ScrubReport } from '#image/index.ts'
import { show } from '../context.ts'
import { parseCommand, UsageError } from '../usage.ts'
import type { ImageCommand } from './image-command.ts'
import { openRepository, revisionName } from './open-repository.ts'
import { REPO } from './options.ts'

interface VerifyTexts {
  read: (report: ScrubReport) => string
  good: string
  pack: (pack: DamagedPack) => string
  manifest: (name: string, problem: string) => string
  hurt: (name: string, hurt: HurtRevision) => string
  spare: string
  next: string
}

const TEXTS: Record<Language, VerifyTexts> = {
  es: {
    read: ({ revisions, packs, bytes }) => `Leídos ${formatBytes(bytes, 'es')}: ${packs} paquetes de ${revisions} revisiones.`,
    good: 'Todo está como se guardó.',
    pack: ({ pack, problem, chunks }) => `Paquete dañado ${pack}: ${chunks.length > 0 ? `${chunks.length} trozos` : problem}`,
    manifest: (name, problem) => `${name} está perdida: ${problem}`,
    hurt: (name, { bytes, volumes }) => `${name} ha perdido ${formatBytes(bytes, 'es')} (volúmenes ${volumes.join(', ')}).`,
    spare: 'Ninguna revisión pierde nada: lo dañado está también en otros paquetes.',
    next: 'Se repara con «clonaula image repair»: desde otro repositorio, o con una captura nueva.',
  },
  en: {
    read: ({ revisions, packs, bytes }) => `Read ${formatBytes(bytes, 'en')}: ${packs} packs of ${revisions} revisions.`,
    good: 'All is as it was saved.',
    pack: ({ pack, problem, chunks }) => `Damaged pack ${pack}: ${chunks.length > 0 ? `${chunks.length} chunks` : problem}`,
    manifest: (name, problem) => `${name} is lost: ${problem}`,
    hurt: (name, { bytes, volumes }) => `${name} has lost ${formatBytes(bytes, 'en')} (volumes ${volumes.join(', ')}).`,
    spare: 'No revision loses anything: what is damaged is in other packs too.',
    next: '“clonaula image repair” mends it: from another repository, or with a new capture.',
  },
}

export const verify: ImageCommand = {
  usage: {
    es: '  verify --repo CARPETA [NOMBRE[@REV]]              lee todo y comprueba cada hash; 33 si algo está dañado',
    en: '  verify --repo DIR [NAME[@REV]]                    reads everything and checks each hash; 33 when something is damaged',
  },
  async run(context, args) {
    const { values, positionals: [name, ...more] } = parseCommand(args, REPO)
    if (more[0] !== undefined) throw new UsageError('extra', more[0])
    await using repository = await openRepository(values.repo)
    // What is in the trash is to be had again, so it has to be whole too.
    const refs = name === undefined ? [...(await repository.listRefs()), ...(await repository.listTrash())] : [await repository.resolve(name)]
    // What no revision needs is counted on by the next capture.
    const report = await scrub(repository, refs, { unlisted: name === undefined, signal: context.signal, onProgress: context.onProgress })
    show(context, report, () => lines(report, TEXTS[context.language]))
    return report.damaged.length + report.hurt.length === 0 ? RESULT.ok : RESULT.corruptImage
  },
}

function lines(report: ScrubReport, texts: VerifyTexts): string[] {
  const { damaged, hurt } = report
  const losses = hurt.map((one) => (one.problem === undefined ? texts.hurt(revisionName(one), one) : texts.manifest(revisionName(one), one.problem)))
  if (damaged.length + hurt.length === 0) return [texts.read(report), texts.good]
  return [texts.read(report), ...damaged.map((pack) => texts.pack(pack)), ...(losses.length > 0 ? losses : [texts.spare]), texts.next]
}

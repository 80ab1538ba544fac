import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { printable } from '#shared/domain/printable.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { MountedFile } from '#image/browse/mount.ts'
import type { OpenVolume } from '#image/browse/open-volume.ts'
import type { SavedRevision } from '#image/browse/save-revision.ts'
import { isMounted } from '#image/mounts/unmount.ts'
import { show } from '../context.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'
import type { ImageCommand, ImageContext } from './image-command.ts'
import { FILES_OPTIONS, withVolume } from './open-files.ts'
import { DESCRIPTION, save, savedLine, savedValue } from './save.ts'

/** Milliseconds between two looks whether somebody unmounted it. */
const INTERVAL = 300

interface MountTexts {
  mounted: (revision: string, folder: string, write: boolean) => string
  busy: (folder: string) => string
  question: string
  ended: (folder: string) => string
  discarded: string
}

const TEXTS: Record<Language, MountTexts> = {
  es: {
    mounted: (revision, folder, write) =>
      `${revision} está en ${folder}${write ? '' : ' (solo lectura)'}. Ctrl+C, o «umount ${folder}», lo termina.`,
    busy: (folder) => `${folder} está en uso: ciérrelo todo. Ctrl+C otra vez lo desmonta sin guardar.`,
    question: '¿Guardar lo escrito como una revisión nueva? [s/N] ',
    ended: (folder) => `${folder} está desmontado.`,
    discarded: 'Lo escrito se ha descartado.',
  },
  en: {
    mounted: (revision, folder, write) =>
      `${revision} is in ${folder}${write ? '' : ' (read-only)'}. Ctrl+C, or “umount ${folder}”, ends it.`,
    busy: (folder) => `${folder} is in use: close everything. Ctrl+C again unmounts it without saving.`,
    question: 'Save what was written as a new revision? [y/N] ',
    ended: (folder) => `${folder} is unmounted.`,
    discarded: 'What was written is discarded.',
  },
}

type Outcome = 'save' | 'discard' | 'ask'

export const mount: ImageCommand = {
  usage: {
    es: `  mount --repo CARPETA NOMBRE[@REV] DIRECTORIO [--partition N] [--write [--save|--discard] [--description TEXTO]]
                                 monta la imagen hasta Ctrl+C o umount (root); lo que se escribe se guarda como una
                                 revisión nueva, o se descarta`,
    en: `  mount --repo DIR NAME[@REV] DIRECTORY [--partition N] [--write [--save|--discard] [--description TEXT]]
                                 mounts the image until Ctrl+C or umount (root); what is written is saved as a new
                                 revision, or discarded`,
  },
  async run(context, args) {
    const { values, positionals: rest } = parseCommand(args, {
      ...FILES_OPTIONS, ...DESCRIPTION, write: { type: 'boolean', default: false }, save: { type: 'boolean', default: false },
      discard: { type: 'boolean', default: false },
    })
    const [name, directory] = positionals(rest, 'NAME[@REV]', 'DIRECTORY')
    const outcome = chooseOutcome(context, values)
    const folder = await mountPoint(directory)
    const request = { repo: values.repo, partition: values.partition, name }
    const saved = await withVolume(context, request, values.write, async (volume) => {
      const texts = TEXTS[context.language]
      const mounted = await volume.mount(folder, { signal: context.signal })
      context.say(texts.mounted(volume.revision.name, folder, values.write))
      await ended(mounted, context.signal)
      return values.write ? finishWriting(context, volume, mounted, outcome, values.description) : undefined
    })
    const texts = TEXTS[context.language]
    show(context, { folder, saved: saved ? savedValue(saved) : null }, () =>
      [texts.ended(folder), ...(saved ? [savedLine(saved, context.language)] : values.write ? [texts.discarded] : [])])
    return RESULT.ok
  },
}

function chooseOutcome({ terminal, json }: ImageContext, values: { write: boolean; save: boolean; discard: boolean }): Outcome {
  if (values.save && values.discard) throw new UsageError('expected', '--save --discard', '--write', '--save, --discard')
  if ((values.save || values.discard) && !values.write) throw new UsageError('missing', '--write')
  if (values.save || values.discard) return values.save ? 'save' : 'discard'
  if (values.write && (!terminal.interactive || json)) throw new UsageError('missing', '--save, --discard')
  return 'ask'
}

/** @throws `notFound` · `inUse` something is mounted there */
async function mountPoint(directory: string): Promise<string> {
  const folder = resolve(directory)
  const isFolder = await stat(folder).then((facts) => facts.isDirectory(), () => false)
  if (!isFolder) throw new ClonaulaError('notFound', `${folder} is no folder`, { what: folder })
  if (await isMounted(folder)) throw new ClonaulaError('inUse', `something is mounted in ${folder}`, { target: folder })
  return folder
}

/** Returns when somebody unmounted it, or the signal says that it is time to. */
async function ended(mounted: MountedFile, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && await mounted.isThere()) await sleep(INTERVAL, undefined, { signal }).catch(() => undefined)
}

/** Unmounts in order, waiting for those who use it, and saves or discards. From here on a further Ctrl-C gives up. */
async function finishWriting(
  context: ImageContext, volume: OpenVolume, mounted: MountedFile, outcome: Outcome, description: string,
): Promise<SavedRevision | undefined> {
  const again = new AbortController()
  const abort = (): void => again.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, abort)
  try {
    if (!await unmounted(context, mounted, again.signal)) return undefined
    const answer = outcome === 'ask' ? await ask(context, again.signal) : outcome
    if (answer === 'discard') return undefined
    await volume.settle({ signal: again.signal })
    return await save(context, volume.revision, [volume.edited()], description, again.signal)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abort)
  }
}

async function unmounted({ say, language }: ImageContext, mounted: MountedFile, signal: AbortSignal): Promise<boolean> {
  for (let told = false; !await mounted.unmount(); told = true) {
    if (signal.aborted) return false
    if (!told) say(TEXTS[language].busy(mounted.folder))
  }
  return true
}

async function ask({ terminal, language, texts }: ImageContext, signal: AbortSignal): Promise<Outcome> {
  const answer = terminal.ask(printable(TEXTS[language].question))
  const said = await Promise.race([answer, once(signal, 'abort').then(() => '')])
  return texts.confirmed.test(said.trim()) ? 'save' : 'discard'
}

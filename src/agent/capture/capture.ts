import type { CaptureCommand } from '#shared/contract/agent.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { noteText, type SourceNote } from '#image/index.ts'
import { planCapture, type CapturePlan } from '#image/disk/plan-capture.ts'
import { capturePrepared } from '#image/job/capture-prepared.ts'
import { openCache } from '../cache/open-cache.ts'
import { takeInventory } from '../disk/inventory.ts'
import type { OperationContext, OperationResult } from '../operation.ts'

/**
 * Reads a partition or a disk and publishes it as a revision. In mode `filesystem` the source is cleaned and shrunk first, and has its
 * size again before anything is published, or when the capture fails or is cancelled; in other modes it is only read.
 * @param name The computer's name, for the manifest.
 * @param creator Program and version.
 */
export async function capture(
  command: CaptureCommand, name: string, creator: string, context: OperationContext,
): Promise<OperationResult> {
  const { log, texts, signal, onProgress } = context
  const place = command.intoCache === undefined ? 'REPO' : 'CACHE'
  log.step(1, `start: createImage ${place} disk ${command.source.disk} partition ${command.source.partition ?? '*'} ${command.mode}`)
  // Mounted before the plan is made: nobody captures the CACHE's partition into itself.
  await using cache = command.intoCache === undefined ? undefined : await openCache(context)
  log.step(1, texts.readingDisks)
  const { hardware, disks } = await takeInventory(context.machine, context.only)
  const plan = planCapture(disks, command)
  describe(plan, command, context)
  signal.throwIfAborted()

  const store = cache?.store.repository ?? context.openRepository(command.repository)
  log.step(2, `createImage ${place} ${cache?.device ?? command.repository.url}`)
  const { mode, clean, shrink } = command
  const { manifest, figures } = await capturePrepared({
    volumes: plan.volumes, disk: plan.layout, mode, clean, shrink, creator, source: describeSource(name, hardware), store, signal,
    onProgress, onNote: (note) => sayNote(note, context),
  })
  log.step(50, `createImage OK ${formatBytes(figures.bytesRead, context.language)}`)
  signal.throwIfAborted()

  const id: Sha256Hex = await (cache ? cache.store.add(manifest, command.intoCache, true) : store.publish(manifest, { signal }))
  const newBytes = formatBytes(figures.newBytes, context.language)
  log.step(90, texts.published(id.slice(0, 12), newBytes, figures.chunks, figures.newChunks))
  // What nobody has published is no revision for the console.
  return cache ? { figures: { ...figures, bytesSent: 0 } } : { figures, manifest: id }
}

/** What could not be done with the source is a warning: the image is larger for it, or the source's owner should know. */
const WARNINGS: ReadonlySet<SourceNote['kind']> = new Set(['notCleaned', 'notShrunk', 'everySector'])

function sayNote(note: SourceNote, { log, language }: OperationContext): void {
  const text = noteText(note, language)
  if (WARNINGS.has(note.kind)) log.warn(text)
  else log.step(note.kind === 'released' ? 50 : 2, text)
}

function describe(plan: CapturePlan, { mode }: CaptureCommand, { log, texts, language }: OperationContext): void {
  for (const { partition, device, part } of plan.parts) {
    log.step(1, texts.volume({
      device,
      filesystem: partition.filesystem,
      used: partition.used === undefined ? '?' : formatBytes(partition.used, language),
      size: formatBytes(partition.size, language),
      mode: part,
    }))
    if (part === 'swap') log.step(1, texts.swapHeader(device))
    if (part === 'sector' && mode !== 'sector') log.warn(texts.everySector(device, partition.filesystem))
  }
  if (plan.cache !== undefined) log.step(1, texts.cacheLeftOut(plan.cache))
}

/** `aula1-pc03 (Dell Inc. OptiPlex 7010, 1A2B3C4)` */
function describeSource(name: string, { manufacturer, product, serial }: Hardware): string {
  const model = [manufacturer, product].filter((part) => part !== '').join(' ')
  const details = [model, serial].filter((part) => part !== '').join(', ')
  return (details === '' ? name : `${name} (${details})`).slice(0, 500)
}

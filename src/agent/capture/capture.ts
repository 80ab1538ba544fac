import type { CaptureCommand } from '#shared/contract/agent.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { CaptureMode } from '#shared/domain/image.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { captureVolumes } from '#image/index.ts'
import { planCapture, type CapturePlan } from '#image/disk/plan-capture.ts'
import { takeInventory } from '../disk/inventory.ts'
import type { OperationContext, OperationResult } from '../operation.ts'

/**
 * Reads a partition or a disk and publishes it as a revision. The source is only read.
 * @param name The computer's name, for the manifest.
 * @param creator Program and version.
 */
export async function capture(
  command: CaptureCommand, name: string, creator: string, context: OperationContext,
): Promise<OperationResult> {
  const { log, texts, signal, onProgress } = context
  log.step(1, `start: createImage disk ${command.source.disk} partition ${command.source.partition ?? '*'} ${command.mode}`)
  log.step(1, texts.readingDisks)
  const { hardware, disks } = await takeInventory(context.machine, context.only)
  const plan = planCapture(disks, command)
  describe(plan, command.mode, context)
  signal.throwIfAborted()

  const store = context.openRepository(command.repository)
  log.step(2, `createImage REPO ${command.repository.url}`)
  const { manifest, figures } = await captureVolumes({
    volumes: plan.volumes, disk: plan.layout, creator, source: describeSource(name, hardware), store, signal, onProgress,
  })
  log.step(50, `createImage OK ${formatBytes(figures.bytesRead, context.language)}`)
  signal.throwIfAborted()

  const id: Sha256Hex = await store.publish(manifest, { signal })
  const newBytes = formatBytes(figures.newBytes, context.language)
  log.step(90, texts.published(id.slice(0, 12), newBytes, figures.chunks, figures.newChunks))
  return { figures, manifest: id }
}

function describe(plan: CapturePlan, mode: CaptureMode, { log, texts, language }: OperationContext): void {
  for (const { partition, device, part } of plan.parts) {
    log.step(1, texts.volume({
      device,
      filesystem: partition.filesystem,
      used: partition.used === undefined ? '?' : formatBytes(partition.used, language),
      size: formatBytes(partition.size, language),
      mode: part,
    }))
    if (part === 'swap') log.step(1, texts.swapHeader(device))
    if (part === 'sector' && mode === 'used') log.warn(texts.everySector(device, partition.filesystem))
  }
}

/** `aula1-pc03 (Dell Inc. OptiPlex 7010, 1A2B3C4)` */
function describeSource(name: string, { manufacturer, product, serial }: Hardware): string {
  const model = [manufacturer, product].filter((part) => part !== '').join(' ')
  const details = [model, serial].filter((part) => part !== '').join(', ')
  return (details === '' ? name : `${name} (${details})`).slice(0, 500)
}

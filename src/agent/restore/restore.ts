import type { RestoreCommand } from '#shared/contract/agent.ts'
import { isAbort } from '#shared/domain/errors.ts'
import type { Figures } from '#shared/domain/operation.ts'
import { DISK_VOLUME } from '#shared/formats/manifest-facts.ts'
import { formatBytes, formatRate } from '#shared/i18n/index.ts'
import { readManifest, restoreVolumes, type ChunkStore } from '#image/index.ts'
import { takeInventory } from '../disk/inventory.ts'
import { showPartitions } from '#image/disk/kernel-table.ts'
import type { OperationContext, OperationResult } from '../operation.ts'
import { configureRestored } from '../postconfig/configure.ts'
import { markIncomplete } from '#image/disk/incomplete.ts'
import { planRestore, type RestorePlan } from '#image/disk/plan-restore.ts'

/** Puts an image onto a disk or into a partition, and makes it start. */
export async function restore(command: RestoreCommand, context: OperationContext): Promise<OperationResult> {
  const { log, texts, language, signal } = context
  const { target, manifest: id } = command
  log.step(1, `start: restoreImage REPO ${id.slice(0, 12)} ${target.disk} ${target.partition ?? '*'} ${command.method}`)
  const store = context.openRepository(command.repository)
  const manifest = await store.manifest(id, { signal })
  const { facts } = await readManifest(manifest)
  log.step(1, texts.manifest(id.slice(0, 12), facts.source))
  for (const volume of facts.volumes.filter(({ number }) => number !== DISK_VOLUME)) {
    log.step(1, `METADATA=${volume.number}:${volume.filesystem.toUpperCase()}:${Math.ceil(volume.minimumSize / 1024)} (KB) `
      + `SIZE=${Math.ceil(volume.used / 1024)} (KB)`)
  }

  log.step(2, texts.readingDisks)
  const { hardware, disks } = await takeInventory(context.machine, context.only)
  const plan = planRestore({ firmware: hardware.firmware, disks, image: facts },
    { target, volume: command.volume, method: command.method })
  signal.throwIfAborted()

  log.step(50, texts.erasing(plan.table ? plan.device : plan.placements.map(({ device }) => device).join(', ')))
  const figures = await write(plan, manifest, store, context)
  log.step(90, texts.configuring)
  try {
    await configureRestored({ plan, firmware: hardware.firmware, hostName: command.hostName }, context)
  } catch (error) {
    if (isAbort(error)) await discard(plan, context)
    throw error
  }
  log.step(90, `restoreImage OK ${formatBytes(figures.bytesWritten, language)}`)
  return { figures }
}

/** Table, types, volumes, boot areas; in that order, because a disk without boot areas does not start by mistake. */
async function write(plan: RestorePlan, manifest: Uint8Array, source: ChunkStore, context: OperationContext): Promise<Figures> {
  const { machine: { run }, log, texts, language, signal, onProgress } = context
  const started = performance.now()
  try {
    await prepare(plan, context)
    log.step(55, `restoreImage REPO → ${plan.placements.map(({ device }) => device).join(', ')}`)
    const volumes = plan.placements.map(({ volume, device }) => ({ number: volume, path: device }))
    const figures = await restoreVolumes({ manifest, volumes, source, signal, onProgress })
    if (plan.bootAreas) {
      log.step(55, texts.bootAreas(plan.device))
      const area = [{ number: DISK_VOLUME, path: plan.device }]
      add(figures, await restoreVolumes({ manifest, volumes: area, source, signal }))
    }
    signal.throwIfAborted()
    await run(['blockdev', '--flushbufs', plan.disk.device], { signal })
    log.step(55, texts.written({
      written: formatBytes(figures.bytesWritten, language),
      received: formatBytes(figures.bytesReceived, language),
      rate: formatRate((figures.bytesWritten * 1000) / (performance.now() - started), language),
    }))
    return figures
  } catch (error) {
    await discard(plan, context)
    throw error
  }
}

async function prepare(plan: RestorePlan, { machine, log, texts, signal }: OperationContext): Promise<void> {
  const { disk, table, type } = plan
  if (table) {
    log.step(50, texts.writingTable(disk.device))
    await machine.run([
      'sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'always', '--wipe-partitions', 'always', disk.device,
    ], { stdin: table.script })
    await showPartitions(machine, disk.device, table.layout.partitions, { signal })
  }
  if (type) {
    log.step(50, texts.changingType(plan.device, type.type))
    await machine.run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--part-type', disk.device, String(type.partition), type.type])
  }
  for (const { device } of plan.placements) await markIncomplete(machine.run, device)
}

/** Nothing that was half written may look whole. What goes wrong here does not hide why it is done. */
async function discard(plan: RestorePlan, { machine, log, texts }: OperationContext): Promise<void> {
  for (const { device } of plan.placements) {
    try {
      await markIncomplete(machine.run, device)
      log.warn(texts.markedIncomplete(device))
    } catch (error) {
      log.warn(`${device}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function add(sum: Figures, more: Figures): void {
  sum.bytesRead += more.bytesRead
  sum.bytesReceived += more.bytesReceived
  sum.bytesSent += more.bytesSent
  sum.bytesWritten += more.bytesWritten
}

import type { RestoreCommand } from '#shared/contract/agent.ts'
import { isDirect } from '#shared/domain/method.ts'
import { isCache } from '#shared/domain/cache.ts'
import { quoted } from '#shared/domain/deploy/command-words.ts'
import { partitionDevice } from '#shared/domain/disk.ts'
import { isAbort } from '#shared/domain/errors.ts'
import { Figures } from '#shared/domain/operation.ts'
import type { Progress } from '#shared/domain/progress.ts'
import { DISK_VOLUME } from '#shared/formats/manifest-facts.ts'
import { formatBytes, formatRate } from '#shared/i18n/index.ts'
import { noResult, readManifest, restoreVolumes, sumResults, type BegunTarget, type RestoreResult } from '#image/index.ts'
import { markIncomplete } from '#image/disk/incomplete.ts'
import { planRestore, type RestorePlan } from '#image/disk/plan-restore.ts'
import { writeTable, writeType } from '#image/disk/write-table.ts'
import { openCacheSupply } from '../cache/cache-supply.ts'
import { takeInventory } from '../disk/inventory.ts'
import type { OperationContext, OperationResult } from '../operation.ts'
import { configureRestored } from '../postconfig/configure.ts'
import { openDirectSupply, type ImageSupply } from './image-supply.ts'
import { openMulticastSupply } from './multicast-supply.ts'

/** Puts an image onto a disk or into a partition, and makes it start. */
export async function restore(command: RestoreCommand, context: OperationContext): Promise<OperationResult> {
  const { log, texts, language, signal } = context
  const { target, manifest: id } = command
  const started = performance.now()
  log.step(1, `start: ${command.order ?? `${isDirect(command.method) ? 'restoreImage' : 'deployImage'} REPO ${subject(command)} ${command.method}`}`)
  await using supply = await openSupply(command, context)
  const manifest = await supply.manifest()
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
  await supply.prepare()

  log.step(50, texts.erasing(plan.table ? plan.device : plan.placements.map(({ device }) => device).join(', ')))
  await prepare(plan, supply, context)
  const job = { plan, manifest, supply, command, context }
  let result = await writeVolumes(job)
  try {
    result = sumResults(result, await writeBootAreas(job))
    result.bytesReceived = supply.received(result.bytesReceived)
    report(result, started, context)
    log.step(90, texts.configuring)
    await configureRestored({ plan, firmware: hardware.firmware, hostName: command.hostName }, context)
  } catch (error) {
    if (isAbort(error)) await markAll(plan, context)
    throw error
  }
  log.step(90, `restoreImage OK ${formatBytes(result.bytesWritten, language)}`)
  await supply.finish?.()
  return { figures: Figures.parse({ ...result, bytesSent: supply.sent?.() }) }
}

/** The image and where it goes, as the commands of the log have them. */
function subject({ name, manifest, target }: RestoreCommand): string {
  return `${quoted(name ?? manifest.slice(0, 12))} ${target.disk} ${target.partition ?? '*'}`
}

async function openSupply(command: RestoreCommand, context: OperationContext): Promise<ImageSupply> {
  const { method } = command
  if (!isDirect(method)) return openCacheSupply(method, command, context)
  return method === 'MULTICAST-DIRECT' ? openMulticastSupply(command, context) : openDirectSupply(command, context)
}

interface RestoreJob {
  plan: RestorePlan
  manifest: Uint8Array
  supply: ImageSupply
  command: RestoreCommand
  context: OperationContext
}

/** What fails or is cancelled here carries its record, which no system takes for a filesystem, and is continued by the same command. */
async function writeVolumes(job: RestoreJob): Promise<RestoreResult> {
  const { plan, supply, command, context: { log, texts } } = job
  log.step(55, `restoreImage ${isDirect(command.method) ? 'REPO' : 'CACHE'} ${subject(command)} → ${plan.placements.map(({ device }) => device).join(', ')}`)
  const begun: string[] = []
  const onBegin = ({ path, resumed }: BegunTarget): void => {
    begun.push(path)
    if (resumed) log.step(55, texts.goesOn(path))
  }
  const onProgress = (progress: Progress): void => job.context.onProgress({ ...progress, network: supply.network?.() })
  const volumes = plan.placements.map(({ volume, device }) => ({ number: volume, path: device }))
  try {
    return await supply.reading((source) => restoreVolumes({
      ...engineOptions(job), source, volumes, fetching: supply.fetching, onProgress, onBegin,
    }))
  } catch (error) {
    for (const path of begun) log.warn(texts.leftIncomplete(path))
    throw error
  }
}

/** After the volumes, because a disk without boot areas does not start by mistake. Of an image with every sector they may be most of a disk. */
async function writeBootAreas(job: RestoreJob): Promise<RestoreResult> {
  const { plan, supply, context: { log, machine, texts, signal, onProgress } } = job
  let result = noResult()
  if (plan.bootAreas) {
    log.step(55, texts.bootAreas(plan.device))
    const volumes = [{ number: DISK_VOLUME, path: plan.device, spare: plan.spare }]
    result = await supply.reading((source) => restoreVolumes({ ...engineOptions(job), source, volumes, onProgress }))
  }
  await machine.run(['blockdev', '--flushbufs', plan.disk.device], { signal })
  return result
}

function engineOptions({ manifest, command: { delta, verify, discard }, context: { signal } }: RestoreJob) {
  return { manifest, delta, verify, discard, signal }
}

function report(result: RestoreResult, started: number, { log, texts, language }: OperationContext): void {
  for (const device of result.undiscarded) log.warn(texts.undiscarded(device))
  if (result.bytesKept > 0) log.step(55, texts.kept(formatBytes(result.bytesKept, language)))
  log.step(55, texts.written({
    written: formatBytes(result.bytesWritten, language),
    received: formatBytes(result.bytesReceived, language),
    rate: formatRate((result.bytesWritten * 1000) / (performance.now() - started), language),
  }))
}

async function prepare(plan: RestorePlan, supply: ImageSupply, { machine, log, texts, signal }: OperationContext): Promise<void> {
  const { disk, table, keeps, type } = plan
  if (table) {
    log.step(50, texts.writingTable(disk.device))
    if (keeps !== undefined) log.step(50, texts.keepingCache(partitionDevice(disk.device, keeps)))
    const write = () => writeTable(machine, disk.device, table, { keeps, signal })
    const isRenumbered = keeps !== undefined && disk.partitions.find(isCache)?.number !== keeps
    await (isRenumbered && supply.aside ? supply.aside(write) : write())
  }
  if (type) {
    log.step(50, texts.changingType(plan.device, type.type))
    await writeType(machine, disk.device, type)
  }
}

/** A system that was being changed when that was cancelled may not look whole. What goes wrong here does not hide why it is done. */
async function markAll(plan: RestorePlan, { machine, log, texts }: OperationContext): Promise<void> {
  for (const { device } of plan.placements) {
    try {
      await markIncomplete(machine.run, device)
      log.warn(texts.markedIncomplete(device))
    } catch (error) {
      log.warn(`${device}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

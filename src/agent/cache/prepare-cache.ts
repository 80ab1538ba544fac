import type { PrepareCacheCommand } from '#shared/contract/cache-commands.ts'
import { CACHE_LABEL } from '#shared/domain/cache.ts'
import { partitionDevice } from '#shared/domain/disk.ts'
import { usableEnd } from '#shared/domain/disk-facts.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { findSignatures } from '#image/disk/incomplete.ts'
import { showPartitions } from '#image/disk/kernel-table.ts'
import { localDisks, type LocalDisk } from '#image/disk/local-disks.ts'
import { refuseInUse } from '#image/disk/plan-restore.ts'
import { parseTable, sfdiskCommand } from '#image/disk/table.ts'
import type { OperationContext } from '../operation.ts'
import { findCache } from './find-cache.ts'
import { makeFilesystem, unmountOwn } from './mounted-cache.ts'
import { planCachePartition, type CachePartition } from './plan-partition.ts'

const SFDISK = ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel'] as const

/**
 * Makes and formats the CACHE. Other partitions, and what is in them, stay as they are; a CACHE that is there loses its images. A disk
 * with nothing on it gets a GPT first when it is said how large the CACHE is to be: what is left is for the images that come.
 * @throws `partition` · `removable` · `inUse` · `noSpace` · `outOfLimit` · `formatFailed`
 */
export async function prepareCache(command: PrepareCacheCommand, context: OperationContext): Promise<void> {
  const { machine, only, log, texts, language } = context
  log.step(1, `start: prepareCache ${command.disk} ${command.size === undefined ? '*' : formatBytes(command.size, language)}`)
  const chosen = chooseDisk(await localDisks(machine, only), command.disk)
  const isBlank = command.size !== undefined && await hasNothing(chosen, context)
  const local = isBlank ? withEmptyGpt(chosen) : chosen
  const plan = planCachePartition(local, command.size)
  const device = partitionDevice(local.disk.device, plan.number)
  await unmountOwn(device, context)
  if (plan.existing !== undefined) await refuseMounted(local, plan.number, context)
  context.signal.throwIfAborted()
  if (isBlank) {
    log.step(2, texts.writingTable(local.disk.device))
    await machine.run([...SFDISK, '--wipe', 'always', local.disk.device], { stdin: 'label: gpt\n' })
  }
  if (plan.existing !== 'stays') {
    log.step(2, texts.makingCache(device, formatBytes(plan.size, language)))
    await writePartition(local, plan, context)
  }
  log.step(50, texts.formattingCache(device))
  await makeFilesystem(device, machine.run)
  log.step(90, `prepareCache OK ${device}`)
}

function chooseDisk(disks: readonly LocalDisk[], number: number): LocalDisk {
  const local = disks.find(({ disk }) => disk.number === number)
  if (local === undefined) throw new ClonaulaError('partition', `no disk ${number}`, { target: String(number) })
  const { device, removable } = local.disk
  if (removable) throw new ClonaulaError('removable', `${device} is removable`, { target: device })
  const other = findCache(disks)
  if (other !== undefined && other.disk.number !== number) {
    throw new ClonaulaError('outOfLimit', `there is a CACHE on another disk: ${other.device}`, { problem: `${CACHE_LABEL}: ${other.device}` })
  }
  return local
}

/** Neither a table nor a filesystem, nor anything else that any tool knows by its signature. */
async function hasNothing(local: LocalDisk, { machine }: OperationContext): Promise<boolean> {
  const { label, device } = local.disk
  return label === 'none' && (local.inUse.get(0) ?? []).length === 0 && (await findSignatures(machine.run, device)).length === 0
}

/** The disk as it is going to be; `lastLba` as sfdisk says it. */
function withEmptyGpt(local: LocalDisk): LocalDisk {
  const disk = { ...local.disk, label: 'gpt' as const }
  return { ...local, disk, lastLba: usableEnd(disk, disk.size) / disk.sectorSize - 1 }
}

/** Looked at after our own mount is gone. @throws `inUse` */
async function refuseMounted({ disk }: LocalDisk, number: number, { machine, only }: OperationContext): Promise<void> {
  const [now] = (await localDisks(machine, only)).filter((local) => local.disk.device === disk.device)
  if (now) refuseInUse(now, [number], partitionDevice(disk.device, number))
}

/**
 * Adds one partition and leaves the table alone otherwise. Signatures of filesystems that once were in that space are wiped,
 * so that what was in it never comes back as the CACHE.
 */
async function writePartition({ disk }: LocalDisk, plan: CachePartition, { machine, signal }: OperationContext): Promise<void> {
  if (plan.existing === 'goes') {
    await machine.run([...SFDISK, '--delete', disk.device, String(plan.number)])
    await machine.run(['partx', '--delete', '--nr', String(plan.number), disk.device], { accept: [0, 1] })
  }
  const fields = [
    `start=${plan.start / disk.sectorSize}`, `size=${plan.size / disk.sectorSize}`, `type=${plan.type}`,
    ...(disk.label === 'gpt' ? [`name="${CACHE_LABEL}"`] : []),
  ]
  await machine.run([...SFDISK, '--wipe', 'never', '--wipe-partitions', 'always', '--append', disk.device], {
    stdin: `${partitionDevice(disk.device, plan.number)} : ${fields.join(', ')}\n`,
  })
  const { stdout } = await machine.run(sfdiskCommand(disk.device))
  await showPartitions(machine, disk.device, parseTable(stdout, disk.size).partitions, { signal })
}

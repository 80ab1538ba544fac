import { partitionDevice, type Disk } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { isEsp } from '#image/disk/partition-type.ts'
import type { OperationContext } from '../operation.ts'
import { bootOrder, createCommand, parseEfibootmgr, staleEntries, type EspPlace } from './boot-entries.ts'
import { Esp } from './esp.ts'
import { fallbackCopies, findLoaders, hasDefaultLoader, type Loader } from './loaders.ts'

/**
 * Makes the firmware find the systems of a disk: a default loader on its EFI partition, and an entry for each system behind
 * the network's. The loaders themselves are never replaced, so that Secure Boot goes on believing them.
 * @param known Every disk of this computer.
 * @throws `bootLoader`
 */
export async function prepareUefi(disk: Disk, known: readonly Disk[], context: OperationContext): Promise<void> {
  const partition = disk.partitions.find(isEsp)
  if (partition === undefined) return
  const { machine: { run }, log, texts } = context
  const esp = new Esp(partitionDevice(disk.device, partition.number), run)
  try {
    const files = await esp.files('EFI')
    const loaders = findLoaders(files)
    await addDefault(esp, files, loaders, context)
    if (loaders.length === 0) return
    const place = { disk: disk.device, partition: partition.number, uuid: partition.uuid }
    await writeEntries(loaders, place, known.flatMap(({ partitions }) => partitions.map(({ uuid }) => uuid)), context)
    log.step(90, texts.bootEntry(loaders.map(({ label }) => label).join(', ')))
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new ClonaulaError('bootLoader', problem, { problem: problem.slice(0, 300) }, { cause })
  }
}

async function addDefault(esp: Esp, files: readonly string[], loaders: readonly Loader[], context: OperationContext): Promise<void> {
  const { log, texts } = context
  if (hasDefaultLoader(files)) return
  const loader = loaders[0]
  if (loader === undefined) return log.warn(texts.noLoader(esp.device))
  await esp.makeFolder('EFI/BOOT')
  for (const { from, to } of fallbackCopies(loader, files)) await esp.copy(from, to)
  log.step(90, texts.fallbackLoader(loader.path))
}

async function writeEntries(
  loaders: readonly Loader[], place: EspPlace, known: readonly string[], { machine, log, texts }: OperationContext,
): Promise<void> {
  const { run } = machine
  const read = async () => parseEfibootmgr((await run(['efibootmgr', '--verbose'], { accept: [0, 2] })).stdout)
  if ((await machine.list('/sys/firmware/efi/efivars')).length === 0) return log.warn(texts.firmwareEntriesKept)
  const created: string[] = []
  for (const loader of loaders) {
    const before = await read()
    for (const { number } of staleEntries(before.entries, loader, place, known)) {
      await run(['efibootmgr', '--quiet', '--bootnum', number, '--delete-bootnum'])
    }
    const numbers = new Set((await read()).entries.map(({ number }) => number))
    await run(createCommand(loader, place))
    created.push(...(await read()).entries.map(({ number }) => number).filter((number) => !numbers.has(number)))
  }
  const order = bootOrder(await read(), created)
  if (order.length > 0) await run(['efibootmgr', '--quiet', '--bootorder', order.join(',')])
}

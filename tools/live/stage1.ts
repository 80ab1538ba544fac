import path from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { writeCpio } from './cpio.ts'
import { addModules, type Kernel } from './kernel.ts'
import { addBusyboxLinks, addPrograms } from './programs.ts'
import { NETWORK_MODULES, NETWORK_PROGRAMS } from './recipe.ts'
import type { Sysroot } from './sysroot.ts'
import { emptyRoot } from './tree.ts'

/** 19 is the last level whose window (8 MiB) any kernel's unpacker has room for. */
const ZSTD_LEVEL = 19

export interface StageInputs {
  sysroot: Sysroot
  kernel: Kernel
  /** Names of busybox's commands. */
  busybox: readonly string[]
  /** `resources/live` */
  resources: string
  /** Folder for intermediate files. */
  scratch: string
  /** Time of every file, seconds. */
  epoch: number
}

/** The initramfs of the network stage (`stage1.img`): network drivers, busybox and the script that brings the root. */
export async function buildStage1(inputs: StageInputs): Promise<Buffer> {
  const { sysroot, kernel, resources, scratch, epoch } = inputs
  const tree = emptyRoot()
    .addFolders('new')
    .addCopy('init', path.join(resources, 'init1'), 0o755)
    .addCopy('usr/lib/clonaula/console.sh', path.join(resources, 'console.sh'))
    .addCopy('usr/lib/clonaula/dhcp-event', path.join(resources, 'dhcp-event'), 0o755)
  await addPrograms(tree, sysroot, NETWORK_PROGRAMS)
  addBusyboxLinks(tree, inputs.busybox)
  await addModules(tree, kernel, NETWORK_MODULES, path.join(scratch, 'stage1-modules'))
  const archive = writeCpio(await tree.members(), epoch)
  return promisify(zstdCompress)(archive, {
    params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 0 },
  })
}

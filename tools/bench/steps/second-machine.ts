import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clonaulaImage } from '../clonaula.ts'
import { bytesBelow, fresh, type BenchContext } from '../context.ts'
import { withLoop } from '../data/mounted.ts'
import { measure } from '../measure.ts'
import { peerCapture } from '../peers.ts'

export interface SecondMachineResult {
  /** Bytes in use of the second machine, and those of them that the repository did not have yet. */
  used: number
  newBytes: number
  /** Bytes that the repository grew by, and of a monolithic image of the second machine. */
  grown: number
  monolithic: number
}

/** Two computers that were installed separately with mostly the same packages, into one repository. */
export async function benchSecondMachine(context: BenchContext, first: string, second: string): Promise<SecondMachineResult> {
  const { signal, log } = context
  const folder = await fresh(context, 'second-machine')
  const repository = join(folder, 'repository')
  const stream = join(folder, 'peer.zst')
  const capture = async (name: string, volume: string) => {
    return withLoop(volume, async (device) => {
      if (name === 'second') await measure(peerCapture('ext4', device, stream), signal)
      return clonaulaImage(['capture', '--repo', repository, '--name', name, '--mode', 'used', device], signal)
    }, { readOnly: true })
  }
  await capture('first', first)
  const before = await bytesBelow(repository)
  const { figures } = await capture('second', second)
  const result = {
    used: figures.bytesRead, newBytes: figures.newBytes ?? 0,
    grown: await bytesBelow(repository) - before, monolithic: (await stat(stream)).size,
  }
  log(`second machine: ${(result.newBytes / result.used * 100).toFixed(1)} % new`)
  return result
}

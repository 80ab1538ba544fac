import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clonaulaImage } from '../clonaula.ts'
import { bytesBelow, fresh, type BenchContext } from '../context.ts'
import { withLoop } from '../data/mounted.ts'
import { measure } from '../measure.ts'
import { peerCapture } from '../peers.ts'

export interface RevisionSize {
  name: string
  /** Bytes of the repository after this revision, and of a monolithic image of this state by itself. */
  repository: number
  monolithic: number
  /** Plain bytes of chunks that were new. */
  newBytes: number
}

/** A system and its real package upgrades, a revision after each; against a monolithic image of each state. */
export async function benchRevisions(context: BenchContext, states: readonly { name: string; volume: string }[]): Promise<RevisionSize[]> {
  const { signal, log } = context
  const folder = await fresh(context, 'revisions')
  const repository = join(folder, 'repository')
  const stream = join(folder, 'peer.zst')
  const sizes: RevisionSize[] = []
  for (const { name, volume } of states) {
    const { figures } = await withLoop(volume, async (device) => {
      await measure(peerCapture('ext4', device, stream), signal)
      const parent = sizes.length > 0 ? ['--parent', 'bench'] : []
      return clonaulaImage(['capture', '--repo', repository, '--name', 'bench', ...parent, '--mode', 'used', device], signal)
    }, { readOnly: true })
    const size = { name, repository: await bytesBelow(repository), monolithic: (await stat(stream)).size, newBytes: figures.newBytes ?? 0 }
    sizes.push(size)
    log(`revision ${sizes.length} (${name}): repository ${mb(size.repository)} MB, monolithic ${mb(size.monolithic)} MB`)
  }
  return sizes
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0)

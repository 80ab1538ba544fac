import { randomFillSync } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clonaulaImage } from '../clonaula.ts'
import { fresh, settle, type BenchContext } from '../context.ts'
import { withLoop, withMount } from '../data/mounted.ts'
import { emptyVolume } from '../data/volume.ts'

/** Of the bytes in use, overwritten in place after the first deployment. */
export const CHANGED = 0.05

export interface RedeployResult {
  /** Bytes in use. */
  used: number
  /** Of them, bytes that were changed, received and written; of the run that received most. */
  changed: number
  received: number
  written: number
  /** Of a fresh restore. */
  freshReceived: number
  /** Of each run. */
  seconds: number[]
}

/** Restores a system, lets "a month of use" change a part of it, and restores the same image over it: again and again. */
export async function benchRedeploy(context: BenchContext, source: string): Promise<RedeployResult> {
  const { signal, runs, log } = context
  const folder = await fresh(context, 'redeploy')
  const target = await emptyVolume(join(folder, 'target.img'))
  const repository = join(folder, 'repository')
  const captured = await withLoop(source, (device) =>
    clonaulaImage(['capture', '--repo', repository, '--name', 'bench', '--mode', 'used', device], signal), { readOnly: true })
  const used = captured.figures.bytesRead
  const restore = (...options: string[]) => withLoop(target, (device) =>
    clonaulaImage(['restore', '--repo', repository, 'bench', device, '--yes', '--no-grow', ...options], signal))
  const { figures: { bytesReceived: freshReceived } } = await restore()
  const seconds: number[] = []
  let most = { changed: 0, received: 0, written: 0 }
  for (let run = 1; run <= runs; run += 1) {
    const changed = await withMount(target, (root) => overwriteFiles(root, run, used * CHANGED))
    await settle()
    const { seconds: took, figures } = await restore('--delta')
    seconds.push(took)
    if (figures.bytesReceived > most.received) most = { changed, received: figures.bytesReceived, written: figures.bytesWritten }
    log(`redeploy ${run}/${runs}: ${(changed / used * 100).toFixed(1)} % changed, ${took.toFixed(1)} s`)
  }
  return { used, ...most, freshReceived, seconds }
}

/** Overwrites every tenth file below /usr, from the `first` on, with noise until there is enough. @returns bytes */
export async function overwriteFiles(root: string, first: number, enough: number): Promise<number> {
  const entries = await readdir(join(root, 'usr'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
  let changed = 0
  for (let at = first; at < files.length && changed < enough; at += 10) {
    const path = files[at]
    if (path === undefined) break
    const { size } = await stat(path)
    await using file = await open(path, 'r+')
    await file.write(randomFillSync(new Uint8Array(Math.min(size, enough - changed))))
    changed += Math.min(size, enough - changed)
  }
  return changed
}

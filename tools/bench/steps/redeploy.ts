import { randomFillSync } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clonaulaImage } from '../clonaula.ts'
import { copyVolume, fresh, settle, type BenchContext } from '../context.ts'
import { withLoop, withMount } from '../data/mounted.ts'
import { emptyVolume } from '../data/volume.ts'

/** Of the bytes in use, overwritten in place after the first deployment. */
const CHANGED = 0.05

export interface RedeployResult {
  /** Bytes in use; of them, bytes that were changed. */
  used: number
  changed: number
  received: number
  written: number
  /** Of a fresh restore. */
  freshReceived: number
  seconds: number
  freshSeconds: number
}

/** Restores a system, lets "a month of use" change a part of it, and restores the same image over it. */
export async function benchRedeploy(context: BenchContext, volume: string): Promise<RedeployResult> {
  const { signal, log } = context
  const folder = await fresh(context, 'redeploy')
  const source = await copyVolume(volume, join(folder, 'source.img'))
  const target = await emptyVolume(join(folder, 'target.img'))
  const repository = join(folder, 'repository')
  const captured = await withLoop(source, (device) =>
    clonaulaImage(['capture', '--repo', repository, '--name', 'bench', '--mode', 'used', device], signal))
  const restoring = ['restore', '--repo', repository, 'bench']
  const first = await withLoop(target, (device) => clonaulaImage([...restoring, device, '--yes', '--no-grow'], signal))
  const used = captured.figures.bytesRead
  const changed = await withMount(target, (root) => overwriteFiles(root, used * CHANGED))
  await settle()
  const second = await withLoop(target, (device) => clonaulaImage([...restoring, device, '--yes', '--no-grow', '--delta'], signal))
  log(`redeploy: ${(changed / used * 100).toFixed(1)} % changed, ${second.seconds.toFixed(1)} s (fresh ${first.seconds.toFixed(1)} s)`)
  return {
    used, changed,
    received: second.figures.bytesReceived, written: second.figures.bytesWritten, freshReceived: first.figures.bytesReceived,
    seconds: second.seconds, freshSeconds: first.seconds,
  }
}

/** Overwrites every tenth file below /usr with noise until there is enough. @returns bytes */
async function overwriteFiles(root: string, enough: number): Promise<number> {
  const entries = await readdir(join(root, 'usr'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
  let changed = 0
  for (let at = 0; at < files.length && changed < enough; at += 10) {
    const path = files[at]
    if (path === undefined) break
    const { size } = await stat(path)
    await using file = await open(path, 'r+')
    await file.write(randomFillSync(new Uint8Array(Math.min(size, enough - changed))))
    changed += Math.min(size, enough - changed)
  }
  return changed
}

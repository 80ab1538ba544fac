import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clonaulaImage } from '../clonaula.ts'
import { bytesBelow, copyVolume, fresh, settle, type BenchContext } from '../context.ts'
import { withLoop } from '../data/mounted.ts'
import { emptyVolume } from '../data/volume.ts'
import { measure, median } from '../measure.ts'
import { peerCapture, peerRestore, type BenchFilesystem } from '../peers.ts'

/** Seconds of each run, and what the two sides had to do. */
export interface Duel {
  ours: number[]
  peer: number[]
  /** Median of ours divided by that of the peer. */
  ratio: number
  /** Highest resident memory of our process over all runs, in bytes. */
  memory: number
}

export interface CaptureRestoreResult {
  filesystem: BenchFilesystem
  /** Bytes in use, as they were read. */
  used: number
  capture: Duel
  restore: Duel
  /** Bytes of the repository with this one image, and of the peer's file. */
  stored: { ours: number; peer: number }
}

/** Captures a volume into an empty repository and restores it onto an empty volume, in turns with the peer, on the same devices. */
export async function benchCaptureRestore(context: BenchContext, filesystem: BenchFilesystem, volume: string): Promise<CaptureRestoreResult> {
  const { signal, runs, log } = context
  const folder = await fresh(context, filesystem)
  const source = await copyVolume(volume, join(folder, 'source.img'))
  const target = join(folder, 'target.img')
  const repository = join(folder, 'repository')
  const stream = join(folder, 'peer.zst')
  const capture = { ours: [] as number[], peer: [] as number[], memory: 0 }
  const restore = { ours: [] as number[], peer: [] as number[], memory: 0 }
  let used = 0
  let storedByUs = 0
  for (let run = 1; run <= runs; run += 1) {
    await fresh(context, join(filesystem, 'repository'))
    await withLoop(source, async (device) => {
      await settle()
      const ours = await clonaulaImage(['capture', '--repo', repository, '--name', 'bench', '--mode', 'used', device], signal)
      await settle()
      const peer = await measure(peerCapture(filesystem, device, stream), signal)
      add(capture, ours, peer)
      used = ours.figures.bytesRead
      log(`${filesystem} capture ${run}/${runs}: ${ours.seconds.toFixed(1)} s, peer ${peer.seconds.toFixed(1)} s`)
    })
    storedByUs = await bytesBelow(repository)
    const ours = await onEmpty(target, (device) => clonaulaImage(['restore', '--repo', repository, 'bench', device, '--yes', '--no-grow'], signal))
    const peer = await onEmpty(target, (device) => measure(peerRestore(stream, device), signal))
    add(restore, ours, peer)
    log(`${filesystem} restore ${run}/${runs}: ${ours.seconds.toFixed(1)} s, peer ${peer.seconds.toFixed(1)} s`)
  }
  return {
    filesystem, used, capture: duel(capture), restore: duel(restore),
    stored: { ours: storedByUs, peer: (await stat(stream)).size },
  }
}

async function onEmpty<T>(file: string, work: (device: string) => Promise<T>): Promise<T> {
  await emptyVolume(file)
  await settle()
  return withLoop(file, work)
}

function add(sum: Omit<Duel, 'ratio'>, ours: { seconds: number; memory: number }, peer: { seconds: number }): void {
  sum.ours.push(ours.seconds)
  sum.peer.push(peer.seconds)
  sum.memory = Math.max(sum.memory, ours.memory)
}

function duel(times: Omit<Duel, 'ratio'>): Duel {
  return { ...times, ratio: median(times.ours) / median(times.peer) }
}

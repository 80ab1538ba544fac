import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clonaulaImage } from '../clonaula.ts'
import { bytesBelow, fresh, settle, warm, type BenchContext } from '../context.ts'
import { withLoop } from '../data/mounted.ts'
import { emptyVolume } from '../data/volume.ts'
import { measure, median, type Measured } from '../measure.ts'
import { peerCapture, peerRestore, type BenchFilesystem } from '../peers.ts'

/** Of each run. */
export interface Times {
  seconds: number[]
  /** Seconds of processor time. */
  cpu: number[]
}

export interface Duel {
  ours: Times
  peer: Times
  /** Median of our seconds divided by that of the peer's. */
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
export async function benchCaptureRestore(context: BenchContext, filesystem: BenchFilesystem, source: string): Promise<CaptureRestoreResult> {
  const { signal, runs, log } = context
  const folder = await fresh(context, filesystem)
  const target = join(folder, 'target.img')
  const repository = join(folder, 'repository')
  const stream = join(folder, 'peer.zst')
  const capture = { ours: [] as Measured[], peer: [] as Measured[] }
  const restore = { ours: [] as Measured[], peer: [] as Measured[] }
  const note = (work: string, { ours, peer }: typeof capture): void =>
    log(`${filesystem} ${work} ${ours.length}/${runs}: ${briefly(ours.at(-1))}, peer ${briefly(peer.at(-1))}`)
  let used = 0
  let storedByUs = 0
  await warm(source)
  for (let run = 1; run <= runs; run += 1) {
    await fresh(context, join(filesystem, 'repository'))
    await withLoop(source, async (device) => {
      await settle()
      const ours = await clonaulaImage(['capture', '--repo', repository, '--name', 'bench', '--mode', 'used', device], signal)
      capture.ours.push(ours)
      used = ours.figures.bytesRead
      await settle()
      capture.peer.push(await measure(peerCapture(filesystem, device, stream), signal))
    }, { readOnly: true })
    note('capture', capture)
    storedByUs = await bytesBelow(repository)
    restore.ours.push(await onEmpty(target, (device) =>
      clonaulaImage(['restore', '--repo', repository, 'bench', device, '--yes', '--no-grow'], signal)))
    restore.peer.push(await onEmpty(target, (device) => measure(peerRestore(stream, device), signal)))
    note('restore', restore)
  }
  return {
    filesystem, used, capture: duel(capture.ours, capture.peer), restore: duel(restore.ours, restore.peer),
    stored: { ours: storedByUs, peer: (await stat(stream)).size },
  }
}

async function onEmpty<T>(file: string, work: (device: string) => Promise<T>): Promise<T> {
  await emptyVolume(file)
  await settle()
  return withLoop(file, work)
}

function briefly(run: Measured | undefined): string {
  return `${run?.seconds.toFixed(1)} s (processor ${run?.cpu.toFixed(1)} s)`
}

function duel(ours: readonly Measured[], peer: readonly Measured[]): Duel {
  const result = { ours: timesOf(ours), peer: timesOf(peer) }
  return {
    ...result,
    ratio: median(result.ours.seconds) / median(result.peer.seconds),
    memory: Math.max(...ours.map(({ memory }) => memory)),
  }
}

function timesOf(runs: readonly Measured[]): Times {
  return { seconds: runs.map(({ seconds }) => seconds), cpu: runs.map(({ cpu }) => cpu) }
}

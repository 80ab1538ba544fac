import type { VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { RunBuilder, type ChunkRun } from '#shared/formats/manifest-runs.ts'
import { basename } from 'node:path'
import type { CaptureFigures } from '../capture.ts'
import { ChunkIntake } from '../chunk-intake.ts'
import { packManifest } from '../codecs.ts'
import { totalLength } from '../extents.ts'
import { readChunks } from '../read-chunks.ts'
import type { CallOptions, ChunkStore } from '../store.ts'
import { withPlace } from './place.ts'
import type { ImportPlan, PlannedVolume } from './plan.ts'
import type { VolumeReport } from './volume.ts'

export interface StoreOptions extends CallOptions {
  store: Pick<ChunkStore, 'locate' | 'putPack'>
  creator: string
  /** Bytes of the files that were read. */
  onRead: (bytes: number) => void
}

export interface StoredVolumes {
  manifest: Uint8Array
  volumes: VolumeReport[]
  figures: CaptureFigures
}

interface StoredVolume {
  facts: VolumeFacts
  runs: ChunkRun[]
  report: VolumeReport
}

/**
 * Puts volumes into a store as a capture does: the same bytes give the same chunks, wherever they come from.
 * @throws `corruptImage` with the file · what the store throws
 */
export async function storeVolumes(plan: ImportPlan, options: StoreOptions): Promise<StoredVolumes> {
  const intake = new ChunkIntake({ store: options.store, signal: options.signal })
  const stored: StoredVolume[] = []
  for (const volume of plan.volumes) {
    stored.push(await withPlace(volume.files, () => storeVolume(volume, intake, options)))
  }
  const { packs, chunks, figures } = await intake.finish()
  const manifest = await packManifest({
    facts: {
      creator: options.creator, created: new Date().toISOString(), source: plan.source,
      ...(plan.disk ? { disk: plan.disk } : {}),
      volumes: stored.map(({ facts }) => facts),
    },
    packs, chunks, runs: stored.map(({ runs }) => runs),
  })
  return { manifest, volumes: stored.map(({ report }) => report), figures }
}

async function storeVolume(planned: PlannedVolume, intake: ChunkIntake, options: StoreOptions): Promise<StoredVolume> {
  const { signal, onRead } = options
  const volume = await planned.open({ signal, onRead })
  try {
    const runs = new RunBuilder()
    for await (const { offset, bytes } of readChunks(volume, volume.extents, { signal })) {
      runs.add(offset, await intake.add(bytes), bytes.length)
    }
    const { facts, tail, report } = await volume.finish()
    if (tail) runs.add(tail.offset, await intake.add(tail.bytes), tail.bytes.length)
    const { number, files } = planned
    const { filesystem, label, uuid, size, minimumSize } = facts
    return {
      facts: { number, ...facts, used: totalLength(volume.extents) + (tail?.bytes.length ?? 0) },
      runs: runs.runs,
      report: { number, files: files.map((path) => basename(path)), ...report, filesystem, label, uuid, size, minimumSize },
    }
  } finally {
    await volume.close()
  }
}

import { ClonaulaError } from '#shared/domain/errors.ts'
import { DISK_VOLUME, type DiskLayout } from '#shared/formats/manifest-facts.ts'
import { Device } from '../device.ts'
import { NbdServer } from '../nbd/server.ts'
import type { CallOptions } from '../store.ts'
import { ComposedDisk, firstPart, type DiskPart } from './composed-disk.ts'
import { bootAreas, tableChanged, writeDiskFrame } from './disk-frame.ts'
import { Overlay } from './overlay.ts'
import type { OpenRevision } from './revision.ts'
import type { EditedVolume } from './save-revision.ts'
import { VolumeFile } from './volume-file.ts'
import { Workspace } from './workspace.ts'

export interface OpenDiskOptions extends CallOptions {
  /** A read of the image that failed: programs are told an I/O error and no more. */
  onError?: ((error: unknown) => void) | undefined
}

interface Parts {
  layout: DiskLayout
  workspace: Workspace
  frame: Device
  frameOverlay: Overlay
  /** By the number of the volume. */
  overlays: ReadonlyMap<number, Overlay>
  server: NbdServer
}

/** The disk of a revision, as it was captured, on an NBD server; what is written to it stays beside the image. */
export class OpenDisk implements AsyncDisposable {
  readonly revision: OpenRevision
  readonly layout: DiskLayout
  readonly #parts: Parts

  private constructor(revision: OpenRevision, parts: Parts) {
    this.revision = revision
    this.layout = parts.layout
    this.#parts = parts
  }

  /** @throws `imageKind` it is not the image of a disk · `corruptImage` its partitions overlap · what the repository throws */
  static async open(revision: OpenRevision, { signal, onError }: OpenDiskOptions = {}): Promise<OpenDisk> {
    const layout = revision.manifest.facts.disk
    if (!layout) throw new ClonaulaError('imageKind', `${revision.name} is the image of a partition`, { image: revision.name })
    const workspace = await Workspace.open()
    try {
      const path = workspace.path('frame')
      await writeDiskFrame(revision, layout, path, { signal })
      const frame = await Device.open(path)
      workspace.defer(() => frame.close())
      const frameOverlay = await Overlay.create(frame, workspace.path('written-0'))
      workspace.defer(() => frameOverlay.close())
      const overlays = await overlaysOf(revision, layout, workspace)
      const disk = compose(revision, layout, frameOverlay, overlays)
      const volumes = Array.from(overlays, ([number, device]) => ({ name: `volume-${number}`, device }))
      const server = await NbdServer.listen({ listen: { path: workspace.path('nbd') }, exports: [{ name: 'disk', device: disk }, ...volumes], onError })
      workspace.defer(() => server.close())
      return new OpenDisk(revision, { layout, workspace, frame, frameOverlay, overlays, server })
    } catch (cause) {
      await workspace.close().catch(() => undefined)
      throw cause
    }
  }

  /** Where the server listens; its default export is the disk. */
  get socket(): string {
    return this.#parts.workspace.path('nbd')
  }

  /** A private place for what goes with the disk. */
  path(name: string): string {
    return this.#parts.workspace.path(name)
  }

  /**
   * What was written to, ready to be saved; nobody uses the disk any more.
   * @throws `image` its partition table was changed
   */
  async edited({ signal }: CallOptions): Promise<EditedVolume[]> {
    const { frame, frameOverlay, overlays, workspace, server } = this.#parts
    const areas = bootAreas(this.revision)
    if (await tableChanged(areas, frame, frameOverlay)) {
      throw new ClonaulaError('image', 'the partition table was changed', { image: this.revision.name, problem: 'partition table' })
    }
    const edited: EditedVolume[] = []
    if (areas.length > 0 && frameOverlay.changes().length > 0) {
      edited.push({ number: DISK_VOLUME, overlay: frameOverlay, path: workspace.path('frame') })
    }
    for (const [number, overlay] of overlays) {
      if (overlay.changes().length === 0) continue
      const name = `volume-${number}`
      // ntfs-3g.probe asks whether it could be written to.
      const file = await VolumeFile.attach({ uri: server.uri(name), folder: workspace.path(name), write: true, signal })
      workspace.defer(() => file.close())
      edited.push({ number, overlay, path: file.path })
    }
    return edited
  }

  close(): Promise<void> {
    return this.#parts.workspace.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function overlaysOf(revision: OpenRevision, layout: DiskLayout, workspace: Workspace): Promise<Map<number, Overlay>> {
  const overlays = new Map<number, Overlay>()
  for (const { number, size } of layout.partitions) {
    const facts = revision.manifest.facts.volumes.find((volume) => volume.number === number)
    if (!facts) continue
    const volume = firstPart(revision.volume(number), Math.min(size, facts.size))
    const overlay = await Overlay.create(volume, workspace.path(`written-${number}`))
    workspace.defer(() => overlay.close())
    overlays.set(number, overlay)
  }
  return overlays
}

function compose(revision: OpenRevision, layout: DiskLayout, frame: Overlay, overlays: ReadonlyMap<number, Overlay>): ComposedDisk {
  const parts = layout.partitions.flatMap(({ number, start }): DiskPart[] => {
    const device = overlays.get(number)
    return device ? [{ start, device }] : []
  })
  try {
    return new ComposedDisk(frame, parts)
  } catch (cause) {
    throw new ClonaulaError('corruptImage', `${revision.name}: its partitions overlap or leave the disk`, {}, { cause })
  }
}

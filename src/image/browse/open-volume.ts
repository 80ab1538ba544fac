import { ClonaulaError } from '#shared/domain/errors.ts'
import type { VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { prepareSource } from '../filesystem/prepare-source.ts'
import { isSmall, restoreSize } from '../filesystem/restore-size.ts'
import { NbdServer } from '../nbd/server.ts'
import type { CallOptions } from '../store.ts'
import { MountedFile } from './mount.ts'
import { Overlay } from './overlay.ts'
import type { OpenRevision } from './revision.ts'
import type { EditedVolume } from './save-revision.ts'
import { VolumeFile } from './volume-file.ts'
import { Workspace } from './workspace.ts'

export interface OpenVolumeOptions extends CallOptions {
  /** What is written stays beside the image, and is gone when the volume is closed. */
  write: boolean
  /** A read of the image that failed: programs are told an I/O error and no more. */
  onError?: ((error: unknown) => void) | undefined
}

/** A volume of a revision as a plain file of this computer, and its filesystem mounted where it is wanted. */
export class OpenVolume implements AsyncDisposable {
  readonly revision: OpenRevision
  readonly facts: VolumeFacts
  /** What was written, when it may be. */
  readonly overlay: Overlay | undefined
  /** The plain file. */
  readonly path: string
  readonly #workspace: Workspace
  /** Whether its filesystem has been shrunk for its capture. */
  readonly #small: boolean

  private constructor(revision: OpenRevision, facts: VolumeFacts, parts: { overlay: Overlay | undefined; path: string; workspace: Workspace }) {
    this.revision = revision
    this.facts = facts
    this.overlay = parts.overlay
    this.path = parts.path
    this.#workspace = parts.workspace
    this.#small = facts.mode === 'used' && isSmall(facts.minimumSize, facts.size)
  }

  /** @throws `noWriteAccess` not root · `notExecutable` nbdfuse is not installed · what the repository throws */
  static async open(revision: OpenRevision, facts: VolumeFacts, options: OpenVolumeOptions): Promise<OpenVolume> {
    const { write, onError, signal } = options
    if (process.getuid?.() !== 0) {
      throw new ClonaulaError('noWriteAccess', 'only root can mount filesystems', { target: '/dev/loop* (root)' })
    }
    const workspace = await Workspace.open()
    try {
      const below = revision.volume(facts.number)
      const overlay = write ? await Overlay.create(below, workspace.path('written')) : undefined
      if (overlay) workspace.defer(() => overlay.close())
      const server = await NbdServer.listen({
        listen: { path: workspace.path('nbd') }, exports: [{ name: 'volume', device: overlay ?? below }], onError,
      })
      workspace.defer(() => server.close())
      const file = await VolumeFile.attach({ uri: server.uri('volume'), folder: workspace.path('file'), write, signal })
      workspace.defer(() => file.close())
      return new OpenVolume(revision, facts, { overlay, path: file.path, workspace })
    } catch (cause) {
      await workspace.close().catch(() => undefined)
      throw cause
    }
  }

  /**
   * Mounts its filesystem; one that was shrunk for its capture and is going to be written to gets its size back first.
   * @param folder a private one when left out
   */
  async mount(folder = this.#workspace.path('files'), { signal }: CallOptions = {}): Promise<MountedFile> {
    const { filesystem } = this.facts
    const write = this.overlay !== undefined
    if (write && this.#small) await restoreSize({ path: this.path, filesystem })
    const mounted = await MountedFile.mount({ file: this.path, filesystem, folder, write, signal })
    this.#workspace.defer(() => mounted.close())
    return mounted
  }

  /**
   * Makes what was written ready to be saved, once it is unmounted: a filesystem that came shrunk is shrunk again.
   * @throws `dirtyFilesystem` … as for a capture
   */
  async settle(options: CallOptions): Promise<void> {
    if (!this.#small) return
    const { filesystem } = this.facts
    // It is not released: what it would bring back is thrown away.
    await prepareSource({ path: this.path, filesystem }, { ...options, clean: false, shrink: true })
  }

  /** What was written, to be saved. */
  edited(): EditedVolume {
    if (!this.overlay) throw new Error(`volume ${this.facts.number} was opened for reading`)
    return { number: this.facts.number, overlay: this.overlay, path: this.path }
  }

  close(): Promise<void> {
    return this.#workspace.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

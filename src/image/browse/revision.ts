import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { readManifest } from '../codecs.ts'
import type { LocalRepository } from '../repository/local.ts'
import type { ImageRef } from '../repository/refs.ts'
import type { CallOptions } from '../store.ts'
import { ChunkReader } from './chunk-reader.ts'
import { canMount } from './mount.ts'
import { RevisionVolume } from './revision-volume.ts'

/** A revision of a repository, open for reading anywhere. */
export class OpenRevision {
  readonly repository: LocalRepository
  readonly ref: ImageRef
  readonly manifest: Manifest
  readonly #chunks: ChunkReader

  private constructor(repository: LocalRepository, ref: ImageRef, manifest: Manifest, chunks: ChunkReader) {
    this.repository = repository
    this.ref = ref
    this.manifest = manifest
    this.#chunks = chunks
  }

  /**
   * @param text `NAME`, `NAME@3` or `NAME@tag`
   * @throws `notFound` · `corruptImage` its manifest or the end of a pack is damaged, or a chunk is missing
   */
  static async open(repository: LocalRepository, text: string, options: CallOptions = {}): Promise<OpenRevision> {
    const ref = await repository.resolve(text)
    const manifest = await readManifest(await repository.manifest(ref.manifest))
    return new OpenRevision(repository, ref, manifest, await ChunkReader.open(repository, manifest, options))
  }

  /** `NAME@3` */
  get name(): string {
    return `${this.ref.image}@${this.ref.revision}`
  }

  /** @throws `image` it has no such volume */
  facts(number: number): VolumeFacts {
    return this.manifest.facts.volumes[this.#index(number)]!
  }

  /** Reads a volume. @throws `image` it has no such volume */
  volume(number: number): RevisionVolume {
    return new RevisionVolume(this.manifest, this.#index(number), this.#chunks)
  }

  /**
   * The volume whose files are meant: the one that is asked for, or the only one that has files.
   * @throws `image` no such volume, or several of them · `unknownFilesystem` nobody can mount it
   */
  withFiles(wanted?: number): VolumeFacts {
    const { volumes } = this.manifest.facts
    if (wanted !== undefined) {
      const volume = this.facts(wanted)
      if (canMount(volume.filesystem)) return volume
      throw new ClonaulaError('unknownFilesystem', `partition ${wanted} is ${volume.filesystem}`, { target: `${this.name}:${wanted} (${volume.filesystem})` })
    }
    const [first, ...others] = volumes.filter(({ number, filesystem }) => number !== DISK_VOLUME && canMount(filesystem))
    if (first && others.length === 0) return first
    const which = [first, ...others].flatMap((volume) => (volume ? [`${volume.number} ${volume.filesystem} ${volume.label}`.trim()] : []))
    const problem = first ? `--partition: ${which.join(' · ')}` : volumes.map(({ filesystem }) => filesystem).join(', ')
    throw new ClonaulaError('image', `${this.name}: which partition? ${problem}`, { image: this.name, problem })
  }

  #index(number: number): number {
    const index = this.manifest.facts.volumes.findIndex((volume) => volume.number === number)
    if (index >= 0) return index
    throw new ClonaulaError('image', `${this.name} has no partition ${number}`, { image: this.name, problem: `--partition ${number}` })
  }
}

import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { unmount } from '../mounts/unmount.ts'
import { runCommand } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import { streamTied } from './tied-command.ts'

/** Milliseconds that the file may take to appear. */
const PATIENCE = 15_000
/** Milliseconds that nbdfuse may take to end once its file is unmounted. */
const LINGER = 5000

export interface VolumeFileOptions extends CallOptions {
  /** As `NbdServer.uri` gives it. */
  uri: string
  /** Empty, or to be made. */
  folder: string
  write: boolean
}

/**
 * An export of an NBD server as a plain file, by nbdfuse: filesystem tools and loop devices take it, and no kernel module is
 * needed. It dies with this process, which has nothing to give any more then.
 */
export class VolumeFile {
  readonly path: string
  readonly #folder: string
  readonly #server: Promise<unknown>
  readonly #stop = new AbortController()

  private constructor({ folder, uri, write }: VolumeFileOptions) {
    this.path = join(folder, 'volume')
    this.#folder = folder
    const argv = ['nbdfuse', ...(write ? [] : ['--readonly']), this.path, uri] as const
    const { stdin, stdout, done } = streamTied(argv, { signal: this.#stop.signal })
    stdin.end()
    stdout.resume()
    this.#server = done
  }

  /** @throws `notExecutable` nbdfuse is not installed · `generic` it could not do it */
  static async attach(options: VolumeFileOptions): Promise<VolumeFile> {
    await mkdir(options.folder, { recursive: true })
    const file = new VolumeFile(options)
    try {
      await Promise.race([file.#appears(options), file.#server.then(() => Promise.reject(ended()))])
      return file
    } catch (cause) {
      await file.close().catch(() => undefined)
      throw cause
    }
  }

  /**
   * Takes the file away; whoever still uses it gets errors. Whatever nbdfuse says at its end, what was written through it is
   * with the server: it keeps nothing back.
   */
  async close(): Promise<void> {
    const gone = await unmount(this.#folder) === undefined
    if (!gone) await runCommand(['umount', '--lazy', this.#folder])
    // A mount namespace that was copied from ours meanwhile keeps its copy, and nbdfuse with it.
    const timer = setTimeout(() => this.#stop.abort(), gone ? LINGER : 0)
    await this.#server.catch(() => undefined)
    clearTimeout(timer)
  }

  async #appears({ signal }: CallOptions): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(20, undefined, { signal })) {
      if (await stat(this.path).then((facts) => facts.isFile(), () => false)) return
    }
    throw new ClonaulaError('generic', `nbdfuse did not show ${this.path} within ${PATIENCE} ms`)
  }
}

function ended(): ClonaulaError {
  return new ClonaulaError('generic', 'nbdfuse ended at once')
}

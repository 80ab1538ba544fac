import { isAbort } from '#shared/domain/errors.ts'
import { printable } from '#shared/domain/printable.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { LocalRepository } from '#image/index.ts'
import { OpenRevision } from '#image/browse/revision.ts'
import { OpenVolume } from '#image/browse/open-volume.ts'
import { sweepWorkspaces } from '#image/browse/workspace.ts'
import type { ImageContext } from './image-command.ts'
import { openRepository } from './open-repository.ts'
import { positiveNumber, REPO } from './options.ts'

/** What those have in common that look into an image. */
export const FILES_OPTIONS = { ...REPO, partition: { type: 'string' } } as const

const TEXTS: Record<Language, { stale: (place: string) => string; readError: (message: string) => string }> = {
  es: {
    stale: (place) => `Se desmontó ${place}: lo había montado un proceso que ya no existe.`,
    readError: (message) => `La imagen no se puede leer entera: ${message}`,
  },
  en: {
    stale: (place) => `${place} was unmounted: a process that is no longer there had mounted it.`,
    readError: (message) => `Not all of the image can be read: ${message}`,
  },
}

export interface OpenedRevision extends AsyncDisposable {
  repository: LocalRepository
  revision: OpenRevision
}

/** Opens a revision by its name, after tidying up behind processes that were killed. @throws `notFound` · `corruptImage` */
export async function openRevision(context: ImageContext, repo: string | undefined, name: string): Promise<OpenedRevision> {
  for (const place of await sweepWorkspaces()) context.say(TEXTS[context.language].stale(place))
  const repository = await openRepository(repo)
  try {
    const revision = await OpenRevision.open(repository, name, { signal: context.signal })
    return { repository, revision, [Symbol.asyncDispose]: () => repository.close() }
  } catch (cause) {
    await repository.close()
    throw cause
  }
}

/** Tells of reads that failed: programs learn no more than that there was an error. The first one is kept. */
export class ReadErrors {
  readonly #context: ImageContext
  #first: unknown

  constructor(context: ImageContext) {
    this.#context = context
  }

  readonly note = (error: unknown): void => {
    if (this.#first !== undefined) return
    this.#first = error
    const message = error instanceof Error ? error.message : ''
    this.#context.terminal.err(`${printable(TEXTS[this.#context.language].readError(message))}\n`)
  }

  /** Does something with the image. @throws what a read of it failed with, rather than what came of that */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw isAbort(cause) ? cause : this.#first ?? cause
    }
  }
}

export interface FilesRequest {
  repo: string | undefined
  partition: string | undefined
  name: string
}

/** Opens a revision's volume with files for as long as `work` takes; what is written to it stays beside the image. */
export async function withVolume<T>(
  context: ImageContext, { repo, partition, name }: FilesRequest, write: boolean, work: (volume: OpenVolume) => Promise<T>,
): Promise<T> {
  const wanted = positiveNumber(partition, '--partition')
  await using opened = await openRevision(context, repo, name)
  const { revision } = opened
  const errors = new ReadErrors(context)
  return errors.during(async () => {
    const { signal } = context
    await using volume = await OpenVolume.open(revision, revision.withFiles(wanted), { write, signal, onError: errors.note })
    return await work(volume)
  })
}

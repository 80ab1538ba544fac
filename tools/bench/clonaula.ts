/** Our side of a benchmark: the command line itself, in a process of its own, as a user runs it. */
import { join } from 'node:path'
import { z } from 'zod'
import { measure, type Measured } from './measure.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'src', 'main', 'cli', 'entry.ts')

/** As tools/clonaula.mjs starts it. */
const NODE_OPTIONS = ['--max-semi-space-size=4']

const Result = z.object({
  figures: z.object({
    bytesRead: z.number(), bytesWritten: z.number(), bytesReceived: z.number(),
    newBytes: z.number().optional(), chunks: z.number().optional(), newChunks: z.number().optional(),
  }),
})
export type ImageFigures = z.infer<typeof Result>['figures']

export async function clonaulaImage(args: readonly string[], signal: AbortSignal): Promise<Measured & { figures: ImageFigures }> {
  const measured = await measure([process.execPath, ...NODE_OPTIONS, ENTRY, 'image', ...args, '--json'], signal)
  return { ...measured, figures: Result.parse(JSON.parse(measured.stdout)).figures }
}

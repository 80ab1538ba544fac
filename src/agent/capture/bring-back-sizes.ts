import type { LogLine } from '#shared/contract/agent.ts'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { resultSentence, type Language } from '#shared/i18n/index.ts'
import { noteText } from '#image/index.ts'
import type { LocalDisk } from '#image/disk/local-disks.ts'
import { bringBackVolumes, volumesOf } from '#image/job/bring-back-volumes.ts'
import { logLine } from '../operation.ts'
import { texts } from '../text/texts.ts'

/**
 * Gives their sizes back to filesystems of this computer that a capture left small. What cannot be brought back is said, and keeps nobody
 * from working: the next start tries again, and so does the next capture.
 */
export async function bringBackSizes(disks: readonly LocalDisk[], language: Language, say: (line: LogLine) => void): Promise<void> {
  await bringBackVolumes(disks.flatMap(volumesOf), {
    onBegin: (path) => say(logLine('info', texts(language).bringingBack(path))),
    onNote: (note) => say(logLine('info', noteText(note, language))),
    onProblem: (path, problem) => {
      const { code, message, params } = toErrorRecord(problem)
      say(logLine('warn', `${path}: ${message}`))
      say(logLine('warn', resultSentence(language, code, params)))
    },
  })
}

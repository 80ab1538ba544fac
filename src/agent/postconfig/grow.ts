import { formatBytes } from '#shared/i18n/index.ts'
import { growTarget } from '#image/index.ts'
import type { Placement } from '#image/disk/plan-restore.ts'
import type { OperationContext } from '../operation.ts'

/**
 * Checks a restored filesystem and makes it as large as its partition, and says so in the log.
 * @throws `filesystem` its check found damage that it could not mend · `grow`
 */
export async function checkAndGrow(placement: Placement, { log, texts, language }: OperationContext): Promise<void> {
  const { device: path, filesystem, sourceSize } = placement
  await growTarget({ path, filesystem, sourceSize }, {
    onStep: (step) => {
      switch (step.kind) {
        case 'checking': return log.step(90, texts.checking(path))
        case 'growing': return log.step(90, texts.growing(path, formatBytes(step.size, language)))
        case 'cannotGrow': return log.warn(texts.noGrow(path, filesystem))
      }
    },
  })
}

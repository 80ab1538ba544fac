import { powerSaveBlocker } from 'electron'

/** Keeps the laptop from falling asleep while computers depend on it; its screen may go dark. */
export function createAwake(): (needed: boolean) => void {
  let blocker: number | undefined
  return (needed) => {
    if (needed) {
      blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    } else if (blocker !== undefined) {
      powerSaveBlocker.stop(blocker)
      blocker = undefined
    }
  }
}

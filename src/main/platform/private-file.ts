import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Replaces a file in one step, readable by its owner alone (0600): a crash leaves the old one or the new one. */
export function writePrivateFile(path: string, content: string): void {
  const draft = `${path}.${process.pid}.part`
  try {
    const file = openSync(draft, 'w', 0o600)
    try {
      writeSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

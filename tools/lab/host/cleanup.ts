/** What must be undone, in the reverse order of how it was done, whatever happens in between. */
export class CleanupStack {
  readonly #steps: { what: string; undo: () => unknown }[] = []

  /** Call it right after what it undoes has succeeded. `what` names it in a message: `loop device /dev/loop3`. */
  push(what: string, undo: () => unknown): void {
    this.#steps.push({ what, undo })
  }

  /** Undoes everything; a step that fails does not stop the others. Returns a sentence for each failure. */
  async unwind(): Promise<string[]> {
    const failures: string[] = []
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.undo()
      } catch (error) {
        failures.push(`${step.what} is left behind: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return failures
  }
}

/** What a way of transfer does for other computers after its packs are here. */
export interface Sharing {
  /** Bytes that went to them. */
  readonly sent: number
  /** Runs what unmounts the CACHE for a while. */
  aside(work: () => Promise<void>): Promise<void>
  /** Returns when others need nothing (more) from here, or have had their time; a cancelled operation waits for nobody. */
  finish(): Promise<void>
  /** Ends it at once: nothing of the CACHE is in use after it. */
  stop(): Promise<void>
}

import type { ImageCommand } from './image-command.ts'

type Load = () => Promise<ImageCommand>

/** The subcommands of `clonaula image`, in the order of the usage; each is loaded when it is called. */
export const imageCommands: Readonly<Record<string, Load>> = {
  capture: async () => (await import('./capture.ts')).capture,
  restore: async () => (await import('./restore.ts')).restore,
  import: async () => (await import('./import.ts')).importCommand,
}

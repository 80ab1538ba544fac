import type { ImageCommand } from './image-command.ts'

type Load = () => Promise<ImageCommand>

/** The subcommands of `clonaula image`, in the order of the usage; each is loaded when it is called. */
export const imageCommands: Readonly<Record<string, Load>> = {
  capture: async () => (await import('./capture.ts')).capture,
  release: async () => (await import('./release.ts')).release,
  restore: async () => (await import('./restore.ts')).restore,
  import: async () => (await import('./import.ts')).importCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  list: async () => (await import('./list.ts')).list,
  show: async () => (await import('./show.ts')).show,
  diff: async () => (await import('./diff.ts')).diff,
  tag: async () => (await import('./tag.ts')).tag,
  verify: async () => (await import('./verify.ts')).verify,
  repair: async () => (await import('./repair.ts')).repairCommand,
  trash: async () => (await import('./trash.ts')).trash,
  untrash: async () => (await import('./untrash.ts')).untrash,
  purge: async () => (await import('./purge.ts')).purge,
  files: async () => (await import('./files.ts')).files,
  extract: async () => (await import('./extract.ts')).extract,
  mount: async () => (await import('./mount.ts')).mount,
  edit: async () => (await import('./edit.ts')).edit,
  try: async () => (await import('./try.ts')).tryImage,
}

/** What the desktop window gives its screens, and nothing else: the preload exposes exactly this as `window.clonaula`. */
import type { Language } from '../i18n/language.ts'

/** What the application menu asks of the screens. */
export type MenuCommand =
  | { kind: 'language'; language: Language }
  | { kind: 'go'; screen: 'operations' | 'images' | 'services' }

export interface DesktopApi {
  /** The console contract's pipe; see contract/rpc.ts. */
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onMenu(listener: (command: MenuCommand) => void): void
  /** The menu speaks the language of the screens. */
  languageChanged(language: Language): void
}

/** Channels of Electron's IPC, named once for both of its ends. */
export const DESKTOP_CHANNEL = {
  rpc: 'clonaula:rpc',
  menu: 'clonaula:menu',
  language: 'clonaula:language',
} as const

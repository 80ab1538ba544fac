import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from '#shared/contract/desktop.ts'
import type { Language } from '#shared/i18n/index.ts'
import { desktopWords } from './words.ts'

/** Languages by their own names. */
const LANGUAGES = [{ language: 'es', label: 'Español' }, { language: 'en', label: 'English' }] as const

/** Sets the application's menu in a language; what it asks of the screens goes to `send`. */
export function showMenu(language: Language, send: (command: MenuCommand) => void): void {
  const words = desktopWords[language]
  const goTo = (screen: 'operations' | 'images' | 'services', accelerator: string): MenuItemConstructorOptions => ({
    id: screen, label: words[screen], accelerator, click: () => send({ kind: 'go', screen }),
  })
  Menu.setApplicationMenu(Menu.buildFromTemplate([
    { label: words.file, submenu: [{ role: 'quit', label: words.quit }] },
    {
      label: words.edit,
      submenu: [
        { role: 'undo', label: words.undo },
        { role: 'redo', label: words.redo },
        { type: 'separator' },
        { role: 'cut', label: words.cut },
        { role: 'copy', label: words.copy },
        { role: 'paste', label: words.paste },
        { role: 'selectAll', label: words.selectAll },
      ],
    },
    {
      label: words.view,
      submenu: [
        goTo('operations', 'CmdOrCtrl+1'),
        goTo('images', 'CmdOrCtrl+2'),
        goTo('services', 'CmdOrCtrl+3'),
        { type: 'separator' },
        { role: 'reload', label: words.reload },
        { role: 'zoomIn', label: words.zoomIn },
        { role: 'zoomOut', label: words.zoomOut },
        { role: 'resetZoom', label: words.resetZoom },
        { role: 'togglefullscreen', label: words.fullScreen },
      ],
    },
    {
      label: words.language,
      submenu: LANGUAGES.map((entry): MenuItemConstructorOptions => ({
        id: `language-${entry.language}`,
        label: entry.label,
        type: 'radio',
        checked: entry.language === language,
        click: () => send({ kind: 'language', language: entry.language }),
      })),
    },
  ]))
}

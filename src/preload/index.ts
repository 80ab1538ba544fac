/** Sandboxed: all that the window's screens can reach of Electron is what is exposed here (contract/desktop.ts). */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { DESKTOP_CHANNEL, type DesktopApi, type MenuCommand } from '#shared/contract/desktop.ts'

const api: DesktopApi = {
  send: (message) => ipcRenderer.send(DESKTOP_CHANNEL.rpc, message),
  onMessage: (listener) => void ipcRenderer.on(DESKTOP_CHANNEL.rpc, (_: IpcRendererEvent, message: unknown) => listener(message)),
  onMenu: (listener) => void ipcRenderer.on(DESKTOP_CHANNEL.menu, (_: IpcRendererEvent, command: MenuCommand) => listener(command)),
  languageChanged: (language) => ipcRenderer.send(DESKTOP_CHANNEL.language, language),
}

contextBridge.exposeInMainWorld('clonaula', api)

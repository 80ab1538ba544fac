/** The module `electron` of the main process. */
export { app } from './app.ts'
export { ipcMain } from './contents.ts'
export { dialog, Menu, powerSaveBlocker, session } from './services.ts'
export { BrowserWindow, webContents } from './window.ts'

import { app, session, type WebContents } from 'electron'

/**
 * The window shows the console's screens and nothing else, for ever: no other page, no second window, no
 * embedded one, no camera, microphone, position or notifications.
 */
export function guardContents(): void {
  app.on('web-contents-created', (_, contents) => confine(contents))
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
}

function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-navigate', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** The screens' files. What was not in the folder when the server started does not exist, so no path can lead out. */
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

export interface StaticFiles {
  /** Whether there are screens at all: false in a checkout that has not been built. */
  built: boolean
  /** False when there is no such file. `/` is the start page. */
  serve(path: string, response: ServerResponse, withBody: boolean): boolean
}

export function openStaticFiles(root: string): StaticFiles {
  const entries = existsSync(root) ? readdirSync(root, { recursive: true, withFileTypes: true }) : []
  const files = new Map(
    entries
      .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [`/${relative(root, file).split(sep).join('/')}`, file]),
  )
  return {
    built: files.has('/index.html'),
    serve(path, response, withBody) {
      const file = files.get(path === '/' ? '/index.html' : path)
      if (file === undefined) return false
      response.writeHead(200, {
        'content-type': TYPES[extname(file)],
        'content-length': statSync(file).size,
        // Names under assets/ carry a hash of their content.
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
      if (withBody) pipeline(createReadStream(file), response, () => {})
      else response.end()
      return true
    },
  }
}

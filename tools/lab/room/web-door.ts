/**
 * The way from a browser on this machine to the web console, which listens on the loopback of another network
 * namespace: 127.0.0.1:PORT here → a socket file → a relay in there → 127.0.0.1:PORT there. The port is the same
 * on both sides, because the console compares the name that the browser asks for with its own.
 */
import { rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { endChild, startInNamespace } from '../host/child.ts'
import type { CleanupStack } from '../host/cleanup.ts'
import type { LabNetwork } from './network.ts'
import { join as joinStreams } from './relay.ts'

export async function openWebDoor(
  network: LabNetwork, folder: string, cleanup: CleanupStack,
): Promise<{ port: number }> {
  const socketFile = join(folder, 'web.sock')
  const server = createServer((browser) => joinStreams(browser, connect(socketFile)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  cleanup.push('web door', () => closeServer(server))
  const { port } = server.address() as AddressInfo
  const script = join(import.meta.dirname, 'relay.ts')
  const relay = startInNamespace(network.console, [process.execPath, script, socketFile, String(port)])
  relay.process.stdout?.resume()
  relay.process.stderr?.resume()
  cleanup.push('web relay', async () => {
    await endChild(relay)
    await rm(socketFile, { force: true })
  })
  return { port }
}

/** Browsers keep their connections: waiting for them to let go would take minutes. */
function closeServer(server: Server): void {
  server.close()
  server.unref()
}

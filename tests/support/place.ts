import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'

/** Where one spec's console lives: a data folder and ports of its own. */
export interface Place {
  data: string
  ports: { agents: number; http: number; tftp: number; web: number }
  remove: () => void
}

/**
 * A data folder whose settings keep the console away from the machine's network, with a live system to offer.
 * @param address that computers see it at: loopback, unless the console runs on a network of the test's own
 */
export async function makePlace(address = '127.0.0.1'): Promise<Place> {
  const data = mkdtempSync(join(tmpdir(), 'clonaula-screens-'))
  const ports = { agents: await freeTcpPort(), http: await freeTcpPort(), tftp: await freeUdpPort(), web: await freeTcpPort() }
  const liveFiles = join(data, 'live')
  makeLiveSystem(liveFiles)
  const settings = {
    address,
    ports: { agents: ports.agents, http: ports.http, tftp: ports.tftp, peers: 0 },
    dhcp: { mode: 'off' },
    web: { listen: `127.0.0.1:${ports.web}` },
    liveFiles,
    logLevel: 'error',
  }
  writeFileSync(join(data, 'settings.json'), JSON.stringify(settings))
  return { data, ports, remove: () => rmSync(data, { recursive: true, force: true }) }
}

/** Files that nobody boots: agents here are started by hand from the boot script's kernel command line. */
function makeLiveSystem(folder: string): void {
  mkdirSync(folder)
  const files = Object.fromEntries(['vmlinuz', 'stage1.img', 'rootfs.squashfs'].map((name) => {
    writeFileSync(join(folder, name), name)
    return [name, { size: name.length, sha256: createHash('sha256').update(name).digest('hex') }]
  }))
  writeFileSync(join(folder, 'live.json'), JSON.stringify({ version: '0.1.0', kernel: '6.12.0', files }))
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

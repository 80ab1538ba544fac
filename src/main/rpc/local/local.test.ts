import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Caller, Handlers } from '#shared/contract/rpc.ts'
import { controlPath } from './control-path.ts'
import { openControlSocket, type ControlSocket } from './control-socket.ts'
import { connectLocal } from './local-client.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clonaula-local-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const handlers = {
  'sites.create': ({ name }: { name: string }, caller: Caller) => ({ id: 1, name: `${name} by ${caller.role}` }),
} as unknown as Handlers
async function open(served = handlers): Promise<ControlSocket> {
  const control = await openControlSocket(controlPath(folder))
  control.serve(served, () => () => {})
  return control
}

test('the owner of the socket is an administrator', async () => {
  const control = await open()
  expect(statSync(control.path).mode & 0o777).toBe(0o600)
  for (const where of [folder, control.path]) {
    const client = await connectLocal(where)
    expect(await client.call('sites.create', { name: 'Lab' })).toEqual({ id: 1, name: 'Lab by administrator' })
    client.close()
  }
  await control.close()
  await expect(connectLocal(folder)).rejects.toMatchObject({ result: 'notFound' })
})

test('a data folder has one console', async () => {
  const control = await open()
  await expect(open()).rejects.toMatchObject({ result: 'consoleRunning' })
  await control.close()
  await (await open()).close()
})

test('a socket that a killed console left behind is in nobody’s way', async () => {
  const path = controlPath(folder)
  const leave = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', leave])
  expect(existsSync(path)).toBe(true)
  await (await open()).close()
})

test('garbage ends the connection', async () => {
  const control = await open()
  const socket = connect(control.path)
  socket.write('GET / HTTP/1.1\r\n\r\n')
  const [hadError] = (await once(socket, 'close')) as [boolean]
  expect(hadError).toBe(false)
  await control.close()
})

test('calls that are open when the console goes away reject', async () => {
  const control = await open({ 'sites.list': () => new Promise(() => {}) } as unknown as Handlers)
  const client = await connectLocal(folder)
  const call = client.call('sites.list', {})
  await control.close()
  await expect(call).rejects.toThrow('lost')
  await client.closed
  await expect(client.call('sites.list', {})).rejects.toThrow('lost')
})

test('calls that come while the console is still starting are kept', async () => {
  const control = await openControlSocket(controlPath(folder))
  const client = await connectLocal(folder)
  const call = client.call('sites.create', { name: 'Lab' })
  control.serve(handlers, () => () => {})
  expect(await call).toMatchObject({ name: 'Lab by administrator' })
  client.close()
  await control.close()
})

test('where the socket is', () => {
  expect(controlPath('/data', 'linux')).toBe('/data/control.sock')
  expect(controlPath('/data', 'win32')).toMatch(/^\\\\\.\\pipe\\clonaula-[0-9a-f]{32}$/)
  expect(() => controlPath(`/${'x'.repeat(120)}`, 'linux')).toThrow('too long')
})

/**
 * Boots the live system in QEMU, with a stand-in for the agent, in a network namespace of its own:
 * every program's libraries are there, network cards and disks have drivers, it fits in 256 MB, and it copes with
 * a card that nobody answers on, a damaged download and an agent that dies.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const PROJECT = path.resolve(import.meta.dirname, '../..')
const NAMESPACE = `clonaula-live-${process.pid}`
const SERVER = '10.99.0.1'
const BOOT_SECONDS = 300
const OVMF = '/usr/share/OVMF/OVMF_CODE_4M.fd'
const OVMF_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd'

/** Runs in the live system instead of the agent; says what it finds there, on one line. */
const STAND_IN = `
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
const option = (key) => fs.readFileSync('/proc/cmdline', 'utf8').split(/\\s/).find((word) => word.startsWith(key + '='))?.slice(key.length + 1)
const run = (program, ...args) => spawnSync(program, args, { encoding: 'utf8', timeout: 20000, stdio: ['ignore', 'pipe', 'pipe'] })
const list = (folder) => fs.existsSync(folder) ? fs.readdirSync(folder) : []
const driver = (device) => fs.existsSync(device + '/driver') ? fs.readlinkSync(device + '/driver').split('/').pop() : ''
const died = '/run/died-once'
if (!fs.existsSync(died)) { fs.writeFileSync(died, ''); process.exit(3) }
console.log('STANDIN alive ' + process.version + ' stdin-tty=' + process.stdin.isTTY)
const memory = Object.fromEntries(fs.readFileSync('/proc/meminfo', 'utf8').split('\\n').map((line) => line.split(/:\\s+/)))
const report = {
  uptime: Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
  freeKilobytes: parseInt(memory.MemAvailable),
  interface: fs.readFileSync('/run/clonaula/interface', 'utf8').trim(),
  hostname: execFileSync('hostname', { encoding: 'utf8' }).trim(),
  disks: list('/sys/block').filter((name) => !name.startsWith('loop')).sort(),
  efi: list('/sys/firmware/efi/efivars').length > 0,
  shells: list('/proc').filter((pid) => /^\\d+$/.test(pid)).filter((pid) => { try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'latin1') === 'sh\\0-l\\0' } catch { return false } }).length,
  cards: {}, programs: {}, broken: [],
}
for (const card of list('/sys/class/net').filter((name) => name !== 'lo')) {
  run('ip', 'link', 'set', card, 'up')
  report.cards[driver('/sys/class/net/' + card + '/device')] = run('udhcpc', '-i', card, '-n', '-q', '-t', '4', '-T', '2', '-s', '/bin/true').status === 0
}
if (option('test.programs') === 'all') {
  for (const name of list('/usr/bin').sort()) {
    const real = fs.realpathSync('/usr/bin/' + name)
    if (real.endsWith('/busybox') || name === 'node') continue
    const { status, stdout, stderr, error, signal } = run(name, '--version')
    const said = (stdout + stderr).trim()
    if (error || signal || status === 127 || /error while loading|not found \\(required/.test(said)) report.broken.push(name + ': ' + (error ?? signal ?? said))
    report.programs[name] = said.split('\\n')[0].slice(0, 100)
  }
  for (const [name, ...args] of [['mkfs.fat', '-n', 'AULA', '-C', '/tmp/fat', '2048'], ['mmd', '-i', '/tmp/fat', '::/Aula ñ'], ['mdir', '-b', '-i', '/tmp/fat', '::/Aula ñ'], ['mkfs.ext4', '-q', '/tmp/ext4', '4M'], ['mkfs.ntfs', '-q', '-F', '-Q', '/dev/vda'], ['ntfs-3g', '/dev/vda', '/mnt'], ['sfdisk', '-l', '/dev/vda'], ['grub-mkimage', '-O', 'i386-pc', '-o', '/tmp/core', '-p', '/grub', 'biosdisk', 'part_msdos', 'ext2']]) {
    const { status, stdout, stderr } = run(name, ...args)
    if (status !== 0 || /conver|charset|codepage/i.test(stderr)) report.broken.push([name, ...args].join(' ') + ': ' + stdout + stderr)
  }
}
console.log('STANDIN ' + JSON.stringify(report))
await new Promise((resolve) => setTimeout(resolve, Number(option('test.linger') ?? 0)))
process.exit(Number(option('test.exit')))
`

const Report = z.object({
  uptime: z.number(),
  freeKilobytes: z.number(),
  interface: z.string(),
  hostname: z.string(),
  disks: z.array(z.string()),
  efi: z.boolean(),
  shells: z.number(),
  cards: z.record(z.string(), z.boolean()),
  programs: z.record(z.string(), z.string()),
  broken: z.array(z.string()),
})

/** Serves a folder and says each request on standard output. */
const FILE_SERVER = `
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
const [folder, address] = process.argv.slice(2)
createServer((request, response) => {
  console.log(request.url)
  const name = new URL(request.url, 'http://server').pathname.slice(1)
  if (name === 'phase') return response.end()
  if (!/^[\\w.]+$/.test(name)) return response.writeHead(404).end()
  response.writeHead(200, { 'Content-Length': statSync(folder + '/' + name).size })
  createReadStream(folder + '/' + name).pipe(response)
}).listen(80, address, () => console.log('listening'))
`

const missing = ['qemu-system-x86_64', 'dnsmasq', 'mksquashfs', 'ip']
  .filter((program) => !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) => existsSync(path.join(folder, program))))
  .concat(process.getuid?.() === 0 ? [] : ['root'], existsSync(OVMF) ? [] : [OVMF])

let folder = ''
let hash = ''
const children: ChildProcess[] = []
const requests: string[] = []

describe.skipIf(missing.length > 0)(`live system${missing.length > 0 ? ` (needs ${missing.join(', ')})` : ''}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'clonaula-live-'))
    await writeFile(path.join(folder, 'stand-in.mjs'), STAND_IN)
    await writeFile(path.join(folder, 'server.mjs'), FILE_SERVER)
    const build = path.join(PROJECT, 'tools/live/build.ts')
    execFileSync(process.execPath, [build, '--agent', path.join(folder, 'stand-in.mjs'), '--out', folder], { cwd: PROJECT })
    const manifest = z.object({ files: z.record(z.string(), z.object({ sha256: z.string() })) })
    const live = manifest.parse(JSON.parse(await readFile(path.join(folder, 'live.json'), 'utf8')))
    hash = live.files['rootfs.squashfs']?.sha256 ?? ''
    makeNetwork()
    await startServices()
  }, 600_000)

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    if (existsSync(`/run/netns/${NAMESPACE}`)) execFileSync('ip', ['netns', 'delete', NAMESPACE])
    await rm(folder, { recursive: true })
  })

  test('in 512 MB and UEFI: every program runs, every card gets an address, every disk is seen', { timeout: 600_000 }, async () => {
    const cards = ['virtio-net-pci', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3']
    await makeDisks('virtio', 'ahci', 'nvme')
    const { output, report, exited } = await boot({
      memory: 512,
      machine: ['-machine', 'q35', ...(await firmware())],
      devices: [
        ...cards.flatMap((card, index) => networkCard(card, index, `tap${index}`)),
        ...disk('virtio', 'virtio-blk-pci'), ...disk('ahci', 'ide-hd'), ...disk('nvme', 'nvme', 'serial=1'),
      ],
      options: ['BOOTIF=01-52-54-00-99-00-04', 'test.programs=all', 'test.exit=11'],
    })
    expect(report.broken).toEqual([])
    expect(report.programs).toMatchObject({
      'partclone.ext4': expect.stringContaining('artclone'),
      'partclone.ntfs': expect.stringContaining('artclone'),
      sfdisk: expect.stringContaining('util-linux'),
      'grub-install': expect.stringContaining('GRUB'),
      'mkfs.btrfs': expect.stringContaining('btrfs-progs'),
      'mkfs.xfs': expect.stringContaining('xfs'),
      ntfsresize: expect.stringContaining('ntfsresize'),
      efibootmgr: expect.stringContaining('version'),
    })
    expect(report.cards).toEqual({ virtio_net: true, e1000: true, e1000e: true, '8139cp': true, vmxnet3: true })
    expect(report.disks).toEqual(expect.arrayContaining(['nvme0n1', 'sda', 'vda']))
    expect(report.efi).toBe(true)
    expect(report.shells).toBe(0)
    expect(report.hostname).toMatch(/^clonaula-525400990004$/)
    expect(output).toContain('52:54:00:99:00:04')
    expect(output).toContain('El agente se ha detenido (código 3)')
    expect(exited, 'exit code 11 of the agent powers the computer off').toBe(true)
    expect(requests).toEqual(expect.arrayContaining([
      '/phase?mac=52:54:00:99:00:04&phase=kernel', '/rootfs.squashfs', '/phase?mac=52:54:00:99:00:04&phase=root',
    ]))
  })

  test('in 256 MB and BIOS, past a card that nobody answers on, with a shell for the administrator', { timeout: 600_000 }, async () => {
    const { output, report, exited } = await boot({
      memory: 256,
      machine: ['-machine', 'pc'],
      devices: [...networkCard('e1000', 7, 'silent'), ...networkCard('virtio-net-pci', 8, 'tap0')],
      options: ['clonaula.admin=1', 'test.linger=4000', 'test.exit=10'],
      type: { after: 'STANDIN {', text: 'echo shell-$((40 + 2))\r' },
    })
    expect(output).toContain('52:54:00:99:00:08, 10.99.0.')
    expect(report.cards).toEqual({ e1000: false, virtio_net: true })
    expect(report.freeKilobytes, 'memory left to the agent').toBeGreaterThan(60_000)
    expect(report.shells).toBeGreaterThan(0)
    expect(output).toContain('shell-42')
    expect(exited, 'exit code 10 of the agent restarts the computer').toBe(true)
  })

  test('a root whose hash is another is never entered, and is asked for again', { timeout: 600_000 }, async () => {
    const before = requests.length
    const { output } = await boot({
      memory: 512,
      machine: ['-machine', 'pc'],
      devices: networkCard('virtio-net-pci', 9, 'tap0'),
      options: [],
      hash: hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      until: () => requests.slice(before).filter((url) => url === '/rootfs.squashfs').length === 2,
    })
    expect(output).toContain('ha llegado dañado o incompleto')
    expect(output).not.toContain('STANDIN')
    expect(requests.slice(before).join()).not.toContain('phase=root')
  })
})

/** Not by `ip netns exec`, which copies every mount and fails where `/` is no mount point (a chroot). */
function inNamespace(program: string, args: string[]): [string, string[]] {
  return ['nsenter', [`--net=/run/netns/${NAMESPACE}`, program, ...args]]
}

/** A bridge with the server's address and a port for each card; `silent` is a port outside of it. */
function makeNetwork(): void {
  const ip = (...args: string[]) => execFileSync(...inNamespace('ip', args))
  execFileSync('ip', ['netns', 'add', NAMESPACE])
  ip('link', 'set', 'lo', 'up')
  ip('link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0')
  ip('addr', 'add', `${SERVER}/24`, 'broadcast', '+', 'dev', 'br0')
  ip('link', 'set', 'br0', 'up')
  for (const name of ['tap0', 'tap1', 'tap2', 'tap3', 'tap4', 'silent']) {
    ip('tuntap', 'add', name, 'mode', 'tap')
    if (name !== 'silent') ip('link', 'set', name, 'master', 'br0')
    ip('link', 'set', name, 'up')
  }
}

async function startServices(): Promise<void> {
  const dhcp = [
    '--no-daemon', '--conf-file=/dev/null', '--port=0', '--interface=br0', '--bind-interfaces', '--no-ping', '--user=root',
    '--dhcp-range=10.99.0.100,10.99.0.200,255.255.255.0,1h', `--dhcp-leasefile=${path.join(folder, 'leases')}`,
  ]
  children.push(spawn(...inNamespace('dnsmasq', dhcp), { stdio: 'ignore' }))
  const server = spawn(...inNamespace(process.execPath, [path.join(folder, 'server.mjs'), folder, SERVER]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(server)
  const lines = createInterface(server.stdout).on('line', (line) => requests.push(line))
  await once(lines, 'line')
}

async function makeDisks(...names: string[]): Promise<void> {
  for (const name of names) {
    await writeFile(path.join(folder, `${name}.disk`), '')
    await truncate(path.join(folder, `${name}.disk`), 64 << 20)
  }
}

function disk(name: string, device: string, ...properties: string[]): string[] {
  const drive = `if=none,id=${name},format=raw,file=${path.join(folder, `${name}.disk`)}`
  return ['-drive', drive, '-device', [device, `drive=${name}`, ...properties].join(',')]
}

function networkCard(model: string, index: number, tap: string): string[] {
  const netdev = `tap,id=net${index},ifname=${tap},script=no,downscript=no`
  return ['-netdev', netdev, '-device', `${model},netdev=net${index},mac=52:54:00:99:00:0${index},romfile=`]
}

async function firmware(): Promise<string[]> {
  const variables = path.join(folder, 'variables.fd')
  await writeFile(variables, await readFile(OVMF_VARIABLES))
  return ['-drive', `if=pflash,format=raw,readonly=on,file=${OVMF}`, '-drive', `if=pflash,format=raw,file=${variables}`]
}

interface BootOptions {
  memory: number
  machine: string[]
  devices: string[]
  options: string[]
  hash?: string
  /** Typed on the serial port once the output has `after`. */
  type?: { after: string; text: string }
  /** Ends the run; otherwise it lasts until the computer powers off. */
  until?: () => boolean
}

interface BootResult {
  output: string
  report: z.infer<typeof Report>
  /** True if the computer went off by itself. */
  exited: boolean
}

const NO_REPORT: z.infer<typeof Report> = {
  uptime: 0, freeKilobytes: 0, interface: '', hostname: '', disks: [], efi: false, shells: -1, cards: {}, programs: {}, broken: ['no report'],
}

/** Boots the kernel directly and follows the serial port to the end. */
async function boot({ memory, machine, devices, options, hash: wanted = hash, type, until }: BootOptions): Promise<BootResult> {
  const commandLine = [
    'console=ttyS0,115200', 'panic=-1', `clonaula.root=http://${SERVER}/rootfs.squashfs`, `clonaula.sha256=${wanted}`,
    `clonaula.phase=http://${SERVER}/phase`, ...options,
  ]
  const qemu = spawn(...inNamespace('qemu-system-x86_64', [
    '-accel', 'tcg,thread=multi', '-cpu', 'qemu64', '-m', String(memory), ...machine, '-nodefaults', '-no-reboot', '-display', 'none',
    '-vga', 'std', '-serial', 'stdio', '-kernel', path.join(folder, 'vmlinuz'), '-initrd', path.join(folder, 'stage1.img'),
    '-append', commandLine.join(' '), ...devices,
  ]), { stdio: ['pipe', 'pipe', 'pipe'] })
  children.push(qemu)
  let output = ''
  const closed = once(qemu, 'close').then(() => true)
  const listen = (text: string) => {
    const typed = type !== undefined && output.includes(type.after)
    output += text
    if (type !== undefined && !typed && output.includes(type.after)) qemu.stdin.write(type.text)
  }
  qemu.stdout.setEncoding('utf8').on('data', listen)
  qemu.stderr.setEncoding('utf8').on('data', listen)
  const exited = await Promise.race([closed, enough(until)])
  qemu.kill('SIGKILL')
  await closed
  const line = output.split(/\r?\n/).find((text) => text.startsWith('STANDIN {'))
  return { exited, output, report: line === undefined ? NO_REPORT : Report.parse(JSON.parse(line.slice('STANDIN '.length))) }
}

/** Resolves to false when the condition holds or the boot has lasted long enough. */
async function enough(until: () => boolean = () => false): Promise<boolean> {
  const deadline = Date.now() + BOOT_SECONDS * 1000
  while (!until() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 500))
  return false
}

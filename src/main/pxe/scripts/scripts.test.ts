import { text } from 'node:stream/consumers'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MacAddress } from '#shared/domain/ids.ts'
import type { Requester } from '../tree/boot-tree.ts'
import { isKernelArgument, kernelCommandLine } from './command-line.ts'
import { printable, type BootContext } from './context.ts'
import { grubConfig, grubDispatcher } from './grub.ts'
import { ipxeScript } from './ipxe.ts'
import { createScriptTree } from './script-tree.ts'

const context: BootContext = {
  mac: MacAddress.parse('52:54:00:77:00:01'), name: 'aula1-pc03', mode: 'live', httpBase: 'http://10.77.0.1:8080',
  rootSha256: 'ab'.repeat(32), consoleUrl: 'wss://10.77.0.1:8443', certificate: 'cd'.repeat(32), token: 'T0ken-_',
  extraArguments: ['quiet', 'nvme_core.default_ps_max_latency_us=0'],
}
const COMMAND_LINE = 'clonaula.console=wss://10.77.0.1:8443 clonaula.key=' + 'cd'.repeat(32) + ' clonaula.token=T0ken-_'
  + ' clonaula.root=http://10.77.0.1:8080/live/rootfs.squashfs clonaula.sha256=' + 'ab'.repeat(32)
  + ' clonaula.phase=http://10.77.0.1:8080/boot/phase console=tty0 console=ttyS0,115200'
  + ' quiet nvme_core.default_ps_max_latency_us=0'

describe('kernelCommandLine', () => {
  test('carries all that stage 1 and the agent need', () => {
    expect(kernelCommandLine(context)).toBe(COMMAND_LINE)
  })

  test('marks the administrator\'s session', () => {
    expect(kernelCommandLine({ ...context, mode: 'live-admin' })).toContain(' clonaula.admin=1 ')
  })

  test.each(['a b', 'a"b', "a'b", 'a\nb', 'a;b', 'a$b', '${net0/mac}', 'a|b', 'a&b', 'a#b', 'a\\b', '', 'ñ', '{a}', '<a', 'a`b', '*'])(
    'refuses %j', (argument) => {
      expect(isKernelArgument(argument)).toBe(false)
      expect(() => kernelCommandLine({ ...context, extraArguments: [argument] })).toThrow(expect.objectContaining({ result: 'invalidRequest' }))
      expect(() => kernelCommandLine({ ...context, token: `x${argument} ` })).toThrow('not a kernel argument')
    },
  )

  test('refuses more than the kernel reads', () => {
    expect(() => kernelCommandLine({ ...context, extraArguments: ['x'.repeat(1800)] }))
      .toThrow(expect.objectContaining({ message: expect.stringContaining('characters') as string, params: { argument: '' } }))
  })
})

describe('ipxeScript', () => {
  test('starts the live system', () => {
    expect(ipxeScript(context)).toBe([
      '#!ipxe',
      'echo Clonaula aula1-pc03',
      `kernel http://10.77.0.1:8080/live/vmlinuz initrd=stage1.img ${COMMAND_LINE} || goto failed`,
      'initrd --name stage1.img http://10.77.0.1:8080/live/stage1.img || goto failed',
      'boot || goto failed',
      ':failed',
      'echo The live system could not be fetched: starting again in 30 s',
      'sleep 30',
      'reboot',
      '',
    ].join('\n'))
  })

  test('starts the disk that is asked for', () => {
    expect(ipxeScript({ ...context, mode: 'disk' })).toBe('#!ipxe\necho Clonaula aula1-pc03\nsanboot --no-describe --drive 0x80 ||\nexit 1\n')
    expect(ipxeScript({ ...context, mode: 'disk', disk: 2 })).toContain('--drive 0x81 ')
  })
})

describe('grubConfig', () => {
  test('looks for the installed system on the first disk, or on the one that is asked for', () => {
    expect(grubConfig({ ...context, mode: 'disk' })).toContain('--hint=hd0,')
    expect(grubConfig({ ...context, mode: 'disk', disk: 2 })).toContain('--hint=hd1,')
  })

  test('starts the live system', () => {
    expect(grubConfig(context)).toBe([
      'echo "Clonaula aula1-pc03"',
      `if linux (http,10.77.0.1:8080)/live/vmlinuz ${COMMAND_LINE}; then`,
      '  if initrd (http,10.77.0.1:8080)/live/stage1.img; then',
      '    boot',
      '  fi',
      'fi',
      'echo "The live system could not be fetched: starting again in 30 s"',
      'sleep 30',
      'reboot',
      '',
    ].join('\n'))
  })

  test('starts the disk by its boot loader', () => {
    const config = grubConfig({ ...context, mode: 'disk', disk: 2 })
    expect(config).toContain('search --no-floppy --set=root --hint=hd1, --file $loader')
    expect(config).toContain('chainloader $loader')
    expect(config.indexOf('/EFI/debian/shimx64.efi')).toBeLessThan(config.indexOf('/EFI/BOOT/BOOTX64.EFI'))
    expect(config).not.toContain('linux')
  })

  test('is found by the dispatcher', () => {
    expect(grubDispatcher('http://10.77.0.1:8080')).toMatch(/^configfile \(http,10\.77\.0\.1:8080\)\/boot\/\$\{net_default_mac\}\/grub\.cfg\n/)
    expect(grubDispatcher('http://10.77.0.1')).toContain('(http,10.77.0.1)/boot/')
  })
})

describe('a computer\'s name', () => {
  test('keeps its letters, without accents', () => {
    expect(printable('Aulà 2 – PC_ñ-3')).toBe('Aula 2 ? PC_n-3')
  })

  test('never becomes part of a script', () => {
    const plain = [ipxeScript, grubConfig].map((write) => write({ ...context, name: '' }).split('\n'))
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '"', '${x}', '; reboot', '$(x)', '\r', ' || exit', '`'), (name, poison) => {
      const scripts = [ipxeScript, grubConfig].map((write) => write({ ...context, name: name + poison }).split('\n'))
      for (const [index, lines] of scripts.entries()) {
        const banner = lines.findIndex((line) => line.startsWith('echo'))
        expect(lines[banner]).toMatch(/^echo (Clonaula [A-Za-z0-9 ._?-]*|"Clonaula [A-Za-z0-9 ._?-]*")$/)
        expect(lines.toSpliced(banner, 1)).toEqual(plain[index]?.toSpliced(banner, 1))
      }
    }))
  })
})

describe('createScriptTree', () => {
  const asked: string[] = []
  const tree = createScriptTree({
    httpBase: 'http://10.77.0.1:8080',
    contextFor: (mac) => {
      asked.push(mac)
      return mac.endsWith('ff') ? undefined : { ...context, mac }
    },
  })
  async function fetchText(path: string, query = ''): Promise<string | undefined> {
    const requester: Requester = { address: '10.77.0.9', protocol: 'http', query: new URLSearchParams(query) }
    const file = await tree.open(path, requester)
    return file && text(file.read(0, file.size))
  }

  test('has a script for each computer, in each loader\'s language', async () => {
    expect(await fetchText('boot/52:54:00:77:00:01/script.ipxe')).toBe(ipxeScript(context))
    expect(await fetchText('boot/52:54:00:77:00:01/grub.cfg')).toBe(grubConfig(context))
    asked.length = 0
    await fetchText('boot/52-54-00-77-AA-01/script.ipxe')
    expect(asked).toEqual(['52:54:00:77:aa:01'])
  })

  test.each(['grub/grub.cfg', 'grub/x86_64-efi/grub.cfg'])('sends GRUB on from %s', async (path) => {
    expect(await fetchText(path)).toBe(grubDispatcher('http://10.77.0.1:8080'))
  })

  test('takes phase reports that make sense', async () => {
    expect(await fetchText('boot/phase', 'mac=52:54:00:77:00:01&phase=initrd')).toBe('ok\n')
    expect(await fetchText('boot/phase', 'mac=52:54:00:77:00:01&phase=nonsense')).toBeUndefined()
    expect(await fetchText('boot/phase', 'phase=initrd')).toBeUndefined()
  })

  test.each(['boot/52:54:00:77:00:ff/grub.cfg', 'boot/zz/grub.cfg', 'boot/52:54:00:77:00:01/other', 'grub/i386/grub.cfg'])('does not have %s', async (path) => {
    expect(await fetchText(path)).toBeUndefined()
  })
})

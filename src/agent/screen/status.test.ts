import { describe, expect, test } from 'vitest'
import { renderStatus, workLine, type Status } from './status.ts'

const status: Status = {
  language: 'es', connected: true, mac: '52:54:00:77:00:01', address: '10.77.0.20', console: '10.77.0.1:8443', name: 'aula1-pc07',
}
const working: Status = {
  ...status, work: 'restore', progress: { phase: 'restore', done: 42, total: 100, rate: 31_000_000, secondsLeft: 125 },
}

describe('workLine', () => {
  test('says what runs, how far, how fast and how long', () => {
    expect(workLine(working)).toBe('Restaurando: escribiendo  42 %  31 MB/s  quedan 2 min 05 s')
    expect(workLine({ ...working, language: 'en' })).toBe('Restoring: writing  42 %  31 MB/s  2 min 05 s left')
  })

  test('says less while less is known', () => {
    expect(workLine(status)).toBeUndefined()
    expect(workLine({ ...status, work: 'capture' })).toBe('Creando imagen…')
    expect(workLine({ ...status, work: 'capture', progress: { phase: 'map', done: 0, total: 0, rate: 0 } })).toBe('Creando imagen: buscando los datos en uso')
    const mapping = { phase: 'map', done: 3, total: 4, rate: 10, secondsLeft: 0 }
    expect(workLine({ ...status, work: 'capture', progress: mapping })).toBe('Creando imagen: buscando los datos en uso  75 %')
  })
})

describe('renderStatus', () => {
  test('asks in both languages not to turn the computer off, while something runs', () => {
    const both = ['No apague este ordenador por favor', 'Please do not turn this computer off']
    const text = renderStatus(working, ['[55]  línea'], 80).join('\n')
    for (const warning of both) expect(text).toContain(warning)
    expect(text).toContain(`[${'#'.repeat(21)}${'.'.repeat(29)}]`)
    expect(text).toContain('[55]  línea')
    expect(renderStatus(status, [], 80).join('\n')).not.toContain('No apague')
  })

  test('names the computer, its address and its console', () => {
    const text = renderStatus(status, [], 80).join('\n')
    for (const part of ['aula1-pc07', '52:54:00:77:00:01', '10.77.0.20', '10.77.0.1:8443', 'Esperando a la consola']) expect(text).toContain(part)
    expect(renderStatus({ ...status, name: undefined }, [], 80).join('\n')).toContain('adopten')
    expect(renderStatus({ ...status, connected: false }, [], 80).join('\n')).toContain('Conectando')
  })

  test('fits the screen', () => {
    const lines = renderStatus({ ...working, last: { ok: false, sentence: `\u001b[2J${'x'.repeat(200)}` } }, Array.from({ length: 10 }, () => 'y'.repeat(200)), 80)
    expect(Math.max(...lines.map((line) => line.length))).toBe(80)
    expect(lines.join('')).not.toContain('\u001b')
    expect(lines.length).toBeLessThanOrEqual(25)
  })
})

/**
 * IPC messages as text. Of what structured clone carries, the console's pipe uses JSON values and
 * undefined; anything else is refused rather than carried wrongly. One function without outer names,
 * because its source also goes into pages.
 */
export interface MessageText {
  encode(value: unknown): string
  decode(text: string): unknown
}

export function messageText(): MessageText {
  const UNDEFINED = '\u0000undefined'
  const isPlain = (value: object): boolean => Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  const check = (key: string, value: unknown): unknown => {
    if (value === undefined) return UNDEFINED
    if (typeof value === 'function' || typeof value === 'symbol') throw new Error('An object could not be cloned.')
    if (typeof value === 'bigint' || (typeof value === 'object' && value !== null && !isPlain(value))) {
      throw new Error(`electron-double: "${key}" is not a JSON value`)
    }
    return value
  }
  const restore = (value: unknown): unknown => {
    if (value === UNDEFINED) return undefined
    if (Array.isArray(value)) return value.map(restore)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, restore(inner)]))
  }
  return {
    encode: (value) => JSON.stringify(value, check),
    decode: (text) => restore(JSON.parse(text)),
  }
}

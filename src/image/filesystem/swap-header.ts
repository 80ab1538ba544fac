/** Bytes of a page, which is what the header of a swap area takes (mkswap on x86). */
export const SWAP_PAGE = 4096

const SIGNATURE = 'SWAPSPACE2'
const LABEL = 16

export interface SwapHeader {
  /** Bytes of the area, whole pages. */
  size: number
  /** With hyphens or (to be encoded) without. */
  uuid: string
  label: string
}

/** The header of an empty swap area (union swap_header of Linux, include/linux/swap.h). */
export function encodeSwapHeader({ size, uuid, label }: SwapHeader): Uint8Array {
  const page = Buffer.alloc(SWAP_PAGE)
  page.writeUInt32LE(1, 1024)
  page.writeUInt32LE(Math.floor(size / SWAP_PAGE) - 1, 1028)
  page.write(uuid.replaceAll('-', ''), 1024 + 12, 16, 'hex')
  page.write(label, 1024 + 28, LABEL, 'utf8')
  page.write(SIGNATURE, SWAP_PAGE - SIGNATURE.length, 'latin1')
  return page
}

/** `undefined` for what is no swap area, or one of another architecture's pages. @param head its first page at least */
export function decodeSwapHeader(head: Uint8Array): SwapHeader | undefined {
  if (head.length < SWAP_PAGE) return undefined
  const page = Buffer.from(head.buffer, head.byteOffset, SWAP_PAGE)
  if (page.toString('latin1', SWAP_PAGE - SIGNATURE.length) !== SIGNATURE) return undefined
  const label = page.subarray(1024 + 28, 1024 + 28 + LABEL)
  const end = label.indexOf(0)
  return {
    size: (page.readUInt32LE(1028) + 1) * SWAP_PAGE,
    uuid: page.toString('hex', 1024 + 12, 1024 + 28).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    label: label.toString('utf8', 0, end < 0 ? LABEL : end),
  }
}

export const isSwapUuid = (text: string): boolean => /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/.test(text)

import { z } from 'zod'

/**
 * A list of at most `max` that is given up at its first bad element. A plain `z.array` lists everything that is wrong,
 * and lists within lists multiply: 50 kB from a stranger make 180,000 complaints, which take seconds.
 */
export function strictList<Item extends z.ZodType>(item: Item, max: number) {
  return z.array(z.unknown()).max(max).transform((elements, context): z.output<Item>[] => {
    const parsed: z.output<Item>[] = []
    for (const [at, element] of elements.entries()) {
      const result = item.safeParse(element)
      if (!result.success) {
        const { path = [], message = '' } = result.error.issues[0] ?? {}
        context.addIssue({ code: 'custom', path: [at, ...path], message })
        return z.NEVER
      }
      parsed.push(result.data)
    }
    return parsed
  })
}

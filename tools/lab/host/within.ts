export interface WithinOptions {
  /** What is being waited for, for the error; a function is asked when the time is up. */
  what: string | (() => string)
  /** Milliseconds. */
  timeout: number
  signal: AbortSignal
}

/** The promise's value, unless the time is up or the signal comes first; the promise itself goes on. */
export function within<T>(promise: Promise<T>, { what, timeout, signal }: WithinOptions): Promise<T> {
  const { promise: result, resolve, reject } = Promise.withResolvers<T>()
  const onTimeout = (): void => {
    const words = typeof what === 'string' ? what : what()
    reject(new Error(`${words}: nothing in ${Math.round(timeout / 1000)} s`))
  }
  const timer = setTimeout(onTimeout, timeout)
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  promise.then(resolve, reject)
  return result.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
}

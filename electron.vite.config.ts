import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        input: {
          index: 'src/main/index.ts',
          // Beside the desktop program, the command line for packages that have no sources.
          cli: 'src/main/cli/entry.ts',
          // The thread that decompresses imported images.
          decompress: 'src/image/import/decompress/thread.ts',
          // The thread that sends a multicast.
          'multicast-sender': 'src/transfer/multicast/sender-thread.ts',
        },
      },
    },
  },
  // A sandboxed preload can only be CommonJS.
  preload: {
    build: { rollupOptions: { input: { index: 'src/preload/index.ts' }, output: { format: 'cjs', entryFileNames: '[name].cjs' } } },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    // One file: it is read from disk or over the classroom's network, once.
    build: { minify: true, chunkSizeWarningLimit: 2000, rollupOptions: { input: { index: 'src/renderer/index.html' } } },
  },
})

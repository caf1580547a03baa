import { defineConfig } from 'vite';

export default defineConfig({
  // The page itself is answered at /graphql, so its files need absolute addresses.
  base: '/playground/',
  publicDir: false,
  build: {
    outDir: '../bundle',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // Files instead of data: addresses, so that the content security policy can stay narrow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one large chunk by nature; a warning about it helps nobody.
    chunkSizeWarningLimit: 4096,
    license: { fileName: 'licenses.md' },
    // The packages' "use client" lines mean nothing here, and a hundred notices would hide a real warning.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});

import { defineConfig } from 'vite';

export default defineConfig({
  // The pages stand at addresses of several depths, so their files need absolute ones.
  base: '/',
  publicDir: false,
  build: {
    outDir: '../bundle',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // The templates of the server's own pages look up here what their files are called.
    manifest: 'manifest.json',
    // Files instead of data: addresses, so that the content security policy can stay narrow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one large chunk by nature; a warning about it helps nobody.
    chunkSizeWarningLimit: 4096,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: ['index.html', 'src/start.js', 'src/docs.js', 'src/site.css'],
      // The packages' "use client" lines mean nothing here, and a hundred notices would hide a real warning.
      checks: { moduleLevelDirective: false },
    },
  },
});

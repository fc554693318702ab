// As much of a page as what Vite adds to a script wants to see: that it need not preload modules itself.
globalThis.document = { createElement: () => ({ relList: { supports: () => true } }) };

// Emscripten 3.1.6 takes a Node.js with fetch for a page.
globalThis.fetch = undefined;

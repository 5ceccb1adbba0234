// The types of 'worldsema/isolate.js', which is imported for what it does.

declare global {
  /**
   * Resolves to the reason why the page stays without isolation, or to undefined if it is isolated.
   * Does not resolve if the page is being loaded once more.
   */
  var worldsemaIsolating: Promise<string | undefined> | undefined;
}

export {};

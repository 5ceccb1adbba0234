// @ts-check
// What both entries of 'worldsema/pprof' export.

export { fromCollapsed, toCollapsed } from './collapsed.js';
export { connectRelay } from './connect.js';
export { subtractProfile } from './delta.js';
export { fromFirefoxProfile, toFirefoxProfile } from './firefox.js';
export { pprofHandler } from './handler.js';
export { answerInPage } from './inpage.js';
export { fromPprof, toPprof } from './pprof.js';
export { fromSpeedscope, toSpeedscope } from './speedscope.js';

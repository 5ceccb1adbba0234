// @ts-check
export function verify(/** @type {any[]} */ ..._args) {}

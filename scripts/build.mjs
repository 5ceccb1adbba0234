export async function main() {}
export async function buildDemo() {}

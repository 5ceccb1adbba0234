// @ts-check
// Sources of Debian's packages, which nobody here wrote. They are fetched when a test wants them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/paths.mjs';

const folder = join(root, 'build', 'sources');

/**
 * The folder of a package's source, or null if this system cannot fetch it.
 * @param {string} name of the source package
 * @param {string} [suite]
 */
export function debianSource(name, suite = 'bookworm') {
  const at = join(folder, `${name}-${suite}`);
  const found = () => {
    const inside = existsSync(join(at, 'source')) ? readdirSync(join(at, 'source')) : [];
    return inside.length === 1 ? join(at, 'source', inside[0]) : null;
  };
  return found() ?? (fetched(name, suite, at) ? found() : null);
}

/** The first of the places from which this system takes its packages. */
function ownMirror() {
  const how = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'];
  const uris = execFileSync('apt-get', how, { encoding: 'utf8' }).split('\n');
  return uris.find((uri) => /\/debian\/?$/.test(uri));
}

/** @param {string} name @param {string} suite @param {string} at */
function fetched(name, suite, at) {
  const lists = join(folder, `lists-${suite}`);
  const list = join(folder, `${suite}.list`);
  const apt = (/** @type {string[]} */ ...args) =>
    execFileSync(
      'apt-get',
      [
        ...['-q', '-o', `Dir::Etc::sourcelist=${list}`, '-o', 'Dir::Etc::sourceparts=/dev/null'],
        ...['-o', `Dir::State::Lists=${lists}`, '-o', 'APT::Sandbox::User=root', ...args],
      ],
      { cwd: at, stdio: 'ignore' },
    );
  try {
    for (const dir of [join(lists, 'partial'), join(at, 'source')])
      mkdirSync(dir, { recursive: true });
    const mirror = ownMirror();
    if (!mirror) return false;
    writeFileSync(list, `deb-src ${mirror} ${suite} main\n`);
    if (readdirSync(lists).length === 1) apt('update');
    try {
      apt('source', '--download-only', name);
    } catch {
      // A mirror may lack Debian's own changes; the program is in the other archive.
    }
    const archive = readdirSync(at).find((file) => /\.orig\.tar\.\w+$/.test(file));
    if (!archive) return false;
    execFileSync('tar', ['xf', join(at, archive), '-C', join(at, 'source')]);
    return true;
  } catch {
    return false;
  }
}

// @ts-check
// A page in headless Firefox: see driven.mjs.

import { ExpectedError, tools } from '../../scripts/tools.mjs';
import { openDriven } from './driven.mjs';

// These settings keep Firefox from opening pages, asking questions and fetching things by itself.
const preferences = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  'trailhead.firstrun.didSeeAboutWelcome': true,
};

const userJs = Object.entries(preferences)
  .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
  .join('');

/**
 * Starts a server and the browser; for `beforeAll`, with `close` in `afterAll`.
 * @param {import('./browser.mjs').BrowserOptions} [options]
 */
export async function openFirefox(options) {
  const file = tools.firefox.find();
  if (!file) throw new ExpectedError('There is no Firefox: run `npm run setup`.');
  const firefox = {
    ...{ name: 'Firefox', file, env: { MOZ_CRASHREPORTER_DISABLE: '1' } },
    args: (/** @type {string} */ home, /** @type {string} */ address) => [
      ...['--headless', '--no-remote', '--profile', home, address],
    ],
    files: { 'user.js': userJs },
  };
  return openDriven(firefox, options);
}

// node run.mjs GONGSHI [PART…]: makes the sample district in a temporary folder and runs the parts, all without names.

import { mkdtempSync, rmSync, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { finish, note, point, skip } from './tap.mjs';
import { Office, make_district } from './office.mjs';

const CHROMIUM = '/usr/bin/chromium';
const paths = readdirSync(new URL('.', import.meta.url)).filter((f) => /^path_.*\.mjs$/.test(f)).sort()
  .map((f) => f.replace('.mjs', ''));
// Those that look come first, those that change the district last.
const parts = ['pages', 'keyboard', 'layout', 'canary', ...paths, 'forms', 'openapi'];

const [program, ...wanted] = process.argv.slice(2);
const gongshi = resolve(program);
const chosen = wanted.length > 0 ? wanted : parts;

if (!existsSync(CHROMIUM)) {
  skip('the browser tests', `${CHROMIUM} is missing: script/setup browser installs it`);
  process.exit(finish());
}
if (!existsSync(new URL('./node_modules/playwright-core', import.meta.url))) {
  skip('the browser tests', 'playwright-core is missing: npm ci in tests/browser installs it');
  process.exit(finish());
}
const { chromium } = await import('playwright-core');
const folder = mkdtempSync(join(tmpdir(), 'gongshi-browser-'));
let office;
let browser;
try {
  office = new Office(make_district(gongshi, join(folder, 'data')));
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  await office.start('--demo');
  await office.login_all();
  for (const part of chosen) {
    const begun = Date.now();
    note(`== ${part}`);
    try {
      const { default: run } = await import(`./${part}.mjs`);
      await run(office, browser);
    } catch (error) {
      point(false, `${part} runs to its end`, error.stack);
    }
    note(`${part}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
} finally {
  await browser?.close();
  if (office?.server) {
    point(await office.stop() === 0, 'the server stops by itself', office.log.slice(-2000));
  }
  rmSync(folder, { recursive: true, force: true });
}
process.exit(finish());

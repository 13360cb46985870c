// node part.mjs STATE DATA PART [SHARE]: one part of the browser tests on a district of its own, for run.mjs.

import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { finish, point } from './tap.mjs';
import { Office } from './office.mjs';

const [state, folder, part, share] = process.argv.slice(2);
const office = new Office({ ...JSON.parse(readFileSync(state, 'utf8')), folder });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  await office.start('--demo');
  const { default: run } = await import(`./${part}.mjs`);
  await run(office, browser, share);
} catch (error) {
  point(false, `${part} runs to its end`, error.stack);
} finally {
  await browser.close();
  if (office.server && office.status === undefined) {
    point(await office.stop() === 0, `${part}: the server stops by itself`, office.log.slice(-2000));
  }
}
process.exit(finish());

// node run.mjs GONGSHI [PART…]: makes the sample district in a temporary folder and runs the parts, all without names.
// Each part is a process of its own with a copy of the district, so that none sees what another has changed; as many run
// at a time as the machine has processors.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finish, note, point, relay, skip } from './tap.mjs';
import { Office, make_district } from './office.mjs';
import { settle } from './settle.mjs';
import { survey } from './survey.mjs';

const CHROMIUM = '/usr/bin/chromium';
const paths = readdirSync(new URL('.', import.meta.url)).filter((f) => /^path_.*\.mjs$/.test(f)).sort()
  .map((f) => f.replace('.mjs', ''));
// The longest first. "pages 1/2" is the first half of the pages.
const parts = ['pages 1/3', 'pages 2/3', 'pages 3/3', 'keyboard', 'canary', 'layout', ...paths, 'forms', 'openapi'];

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

const seconds = (begun) => `${((Date.now() - begun) / 1000).toFixed(1)} s`;

// The district that each part gets a copy of, and what a part has to know of it; null when it could not be made.
async function prepare(folder) {
  const begun = Date.now();
  const office = new Office(make_district(gongshi, join(folder, 'data')));
  let made = false;
  try {
    await office.start('--demo');
    await office.login_all();
    await settle(office);
    await survey(office);
    made = true;
  } catch (error) {
    point(false, 'the district is made', error.stack);
  }
  point(await office.stop() === 0, 'the server stops by itself', office.log.slice(-2000));
  writeFileSync(join(folder, 'state.json'), JSON.stringify(office.state()));
  note(`the district: ${seconds(begun)}`);
  return made ? office : null;
}

// Runs a part; its points are told once it has ended, so that those of two parts do not mix.
function run_part(office, folder, part) {
  const begun = Date.now();
  const data = join(folder, part.replace(/\W+/g, '-'));
  office.copy_to(data);
  return new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./part.mjs', import.meta.url)),
      join(folder, 'state.json'), data, ...part.split(' ')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const bytes = [];
    child.stdout.on('data', (some) => bytes.push(some));
    child.on('exit', (status, signal) => {
      note(`== ${part}`);
      const text = Buffer.concat(bytes).toString('utf8');
      const failed = relay(text);
      if (status !== 0 && failed === 0) {
        point(false, `${part} runs to its end`, `status ${status}, signal ${signal}`);
      }
      note(`${part}: ${seconds(begun)}`);
      rmSync(data, { recursive: true, force: true });
      done();
    });
  });
}

const begun = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'gongshi-browser-'));
try {
  const office = await prepare(folder);
  const waiting = office ? [...chosen] : [];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    while (waiting.length > 0) {
      await run_part(office, folder, waiting.shift());
    }
  }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
note(`all: ${seconds(begun)}`);
process.exit(finish());

// Runs the tests of pages: node run.mjs ECNAS FIXTURE [FILE.test.mjs…]
// Exit status 77, with a reason, where something they need is not there.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from './browser.mjs';

const kHere = dirname(fileURLToPath(import.meta.url));
const [program, fixture, ...only] = process.argv.slice(2);
const template = resolve(dirname(program), '../share/ecnas/page');

function run(command, ...args) {
  const {status, error} = spawnSync(command, args, {stdio: ['ignore', 'ignore', 'inherit']});
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? `exit status ${status}`}`);
}

function missing() {
  if (!existsSync(join(template, 'page.html'))) return `the template of pages (${template}), which the build makes with Node and its packages`;
  if (!existsSync(join(kHere, 'node_modules', 'puppeteer-core'))) return 'puppeteer-core';
  if (!chromium()) return 'Chromium';
  return null;
}

const lacks = missing();
if (lacks) {
  console.log(`skipped: the tests of pages need ${lacks}; run setup.sh`);
  process.exit(77);
}
const pages = mkdtempSync(join(tmpdir(), 'ecnas-pages-'));
try {
  run(fixture, 'pages', template, pages);
  for (const table of ['ecnas-4v', 'ecnas-5v', 'ecnas-7v']) run(program, 'report', table, '-o', join(pages, table));
  run(program, 'compare', 'ecnas-4v', '--algorithms', 'semoa,random,nsga2', '--evaluations', '40', '--trials', '8', '-o', join(pages, 'compare'));
  const files = only.length > 0 ? only : readdirSync(kHere).filter((name) => name.endsWith('.test.mjs')).sort();
  const {status} = spawnSync(process.execPath, ['--test', ...files.map((name) => join(kHere, name))], {
    stdio: 'inherit',
    env: {...process.env, ECNAS_PAGE_TESTS: JSON.stringify({program, fixture, template, pages})},
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(pages, {recursive: true, force: true});
}

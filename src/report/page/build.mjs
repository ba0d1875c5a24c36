// Bundles style, script and worker into one template with markers, which the program fills:
// node build.mjs OUTPUT
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build, transformSync} from 'esbuild';

const kHere = dirname(fileURLToPath(import.meta.url));
const kTargets = ['chrome123', 'firefox120', 'safari17.5'];  // the first with light-dark()

async function bundled(entry, plugins = []) {
  const result = await build({
    entryPoints: [join(kHere, 'app', entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    charset: 'ascii',
    target: kTargets,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    plugins,
  });
  return result.outputFiles[0].text;
}

// `import source from 'ecnas:worker'`: the worker's program as a text.
function workerAsText(source) {
  return {
    name: 'worker',
    setup({onResolve, onLoad}) {
      onResolve({filter: /^ecnas:worker$/}, ({path}) => ({path, namespace: 'worker'}));
      onLoad({filter: /.*/, namespace: 'worker'}, () => ({contents: source, loader: 'text'}));
    },
  };
}

// A script that can stand in HTML: nothing in it ends or hides the element around it.
function checked(script) {
  if (/<\/script|<!--|<script/i.test(script)) throw new Error('a script holds what would end it');
  return script;
}

function cspHash(script) {
  return `'sha256-${createHash('sha256').update(script, 'utf8').digest('base64')}'`;
}

const output = process.argv[2];
const worker = await bundled('worker.mjs');
const scripts = {
  theme: checked(await bundled('theme_early.mjs')),
  app: checked(await bundled('main.mjs', [workerAsText(worker)])),
};
const parts = {
  ...scripts,
  style: transformSync(readFileSync(join(kHere, 'style.css'), 'utf8'),
                       {loader: 'css', minify: true, target: kTargets}).code,
  'script-hashes': Object.values(scripts).map(cspHash).join(' '),
};
const template = readFileSync(join(kHere, 'page.html'), 'utf8')
    .replace(/\{(script-hashes|style|theme|app)\}/g, (_, name) => parts[name]);
mkdirSync(dirname(output), {recursive: true});
writeFileSync(`${output}.new`, template);
renameSync(`${output}.new`, output);

// A headless Chromium without a network, and pages in it whose faults are collected.
import {existsSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

const kCandidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function chromium() {
  return kCandidates.find((path) => path && existsSync(path));
}

export async function launch() {
  const {default: puppeteer} = await import('puppeteer-core');
  return puppeteer.launch({
    executablePath: chromium(),
    args: [
      '--no-sandbox',  // the sandbox needs rights that containers lack; only our own pages are opened
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
      '--disable-features=OptimizationHints,MediaRouter,Translate', '--proxy-server=127.0.0.1:9',
      '--font-render-hinting=none', '--force-color-profile=srgb',
    ],
  });
}

// Opens a file with the network off; what goes wrong there ends up in `faults`, what it asks for
// beside itself in `requests`.
export async function open(browser, file, {width = 1280, height = 900, dark = false, scale = 1} = {}) {
  const context = await browser.createBrowserContext();  // with a memory of its own
  const page = await context.newPage();
  const faults = [];
  const requests = [];
  const address = pathToFileURL(file).href;
  page.on('console', (message) => {
    if (['error', 'warn', 'assert'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (url !== address && !/^(blob|data):/.test(url)) requests.push(url);
  });
  page.on('dialog', async (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await page.setOfflineMode(true);
  await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: dark ? 'dark' : 'light'}]);
  await page.setViewport({width, height, deviceScaleFactor: scale});
  await page.goto(address, {waitUntil: 'load'});
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'true', {timeout: 60000});
  return {page, faults, requests, close: () => context.close()};
}

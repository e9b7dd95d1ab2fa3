import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserPage, chromium, openInChromium } from '@fastts/testing/chromium';
import { type CleanServer, serveCleaner } from '../../src/cli/cleanServer.js';
import { cleanerOfPets, drawPets } from '../drawnPets.js';

const folder = mkdtempSync(join(tmpdir(), 'fastts-clean-page-'));
const path = join(folder, 'pets');
const files = (...parts: string[]) => readdirSync(join(folder, ...parts)).sort();
let server: CleanServer;
let page: BrowserPage;
afterAll(async () => {
  await page?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
});

const states = (state: string) => `document.querySelectorAll('[data-state=${state}]').length`;
const focused = () => page.evaluate('document.activeElement.querySelector(".file")?.textContent');
const said = () => page.evaluate('document.getElementById("status").textContent');

const inBrowser = chromium ? test : test.skip;
const name = chromium ? '' : ' (skipped: there is no Chromium or Chrome; the variable CHROMIUM can name one)';

inBrowser(`a person cleans pictures by keys only, and undoes it${name}`, async () => {
  await drawPets(path, 30);
  server = await serveCleaner(await cleanerOfPets(path), { title: 'pets' });
  page = await openInChromium(server.url);
  await page.until(`${states('new')} === 48`);
  // The picture of highest loss has the focus, with what is known of it.
  expect(await page.evaluate('document.activeElement.ariaLabel')).toMatch(
    /^Labeled cat\. Predicted dog, 56% sure, loss 0\.83\. 29\.png$/,
  );
  await page.until('document.images[0].complete && document.images[0].naturalWidth > 0');
  await page.press('2');
  await page.until(`${states('changed')} === 1`);
  expect(files('pets', 'dog')).toContain('29-2.png');
  expect(await said()).toBe('29-2.png: Now dog. Ctrl+Z reverts it.');
  const second = await focused();
  await page.press('Delete');
  await page.until(`${states('deleted')} === 1`);
  expect(files('pets-removed', 'dog')).toEqual(['29.png']);
  await page.press('Enter');
  await page.until(`${states('kept')} === 1`);
  // Back, and the label that it has already: kept.
  for (const key of ['ArrowLeft', 'ArrowLeft']) await page.press(key);
  expect(await focused()).toBe(second);
  await page.press('End');
  await page.press('ArrowUp');
  await page.press('Home');
  await page.press('ArrowDown');
  const columns = Number(
    await page.evaluate(
      'getComputedStyle(document.getElementById("pictures")).gridTemplateColumns.split(" ").length',
    ),
  );
  expect(
    await page.evaluate('[...document.querySelectorAll("article")].indexOf(document.activeElement)'),
  ).toBe(columns);
  for (const state of ['kept', 'deleted', 'changed']) {
    await page.press('z', { ctrl: true });
    await page.until(`${states(state)} === 0`);
  }
  expect(files('pets', 'cat')).toHaveLength(30);
  expect(files('pets', 'dog')).toHaveLength(30);
  expect(files('pets-removed', 'dog')).toEqual([]);
  await page.press('z', { ctrl: true });
  await page.until('document.getElementById("status").textContent === "There is nothing to undo."');
  const actions = readFileSync(`${path}-changes.csv`, 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',')[1]);
  expect(actions).toEqual(['change', 'delete', 'keep', 'undo', 'undo', 'undo']);

  await page.press('PageDown');
  await page.until(`${states('new')} === 12`);
  expect(await page.evaluate('document.getElementById("page").textContent')).toBe(
    'Page 2 of 2 (60 pictures)',
  );
  await page.evaluate(
    'document.getElementById("label").value = 1, document.getElementById("label").dispatchEvent(new Event("change"))',
  );
  await page.until(`${states('new')} === 30`);
  expect(page.messages).toEqual([]);
});

inBrowser(`a second window sees what the first has done${name}`, async () => {
  const other = await page.open(server.url);
  await other.until(`${states('new')} > 0`);
  await other.press('Delete');
  await other.until(`${states('deleted')} === 1`);
  await page.evaluate('document.getElementById("label").value = "", choose()');
  await page.until(`${states('deleted')} === 1`);
  await other.press('z', { ctrl: true });
  await other.until(`${states('deleted')} === 0`);
  // The first window still shows the picture as deleted.
  await page.evaluate('document.querySelector("article").focus()');
  await page.press('z', { ctrl: true });
  await page.until('document.getElementById("status").className === "error"');
  expect(await said()).toMatch(/^Another window has changed something since/);
  const [number] = (await page.evaluate('[...shown.keys()]')) as number[];
  await page.evaluate(`act(${number}, 'keep')`);
  expect(await said()).toMatch(/was changed in another window: look again\.$/);
  await page.until(`${states('deleted')} === 0`);
});

// Windows does not allow these characters in names.
const whereAllowed = chromium && process.platform !== 'win32' ? test : test.skip;
whereAllowed(`names of files and folders are shown as text${name}`, async () => {
  const markup = '<img src=x onerror="document.body.remove()">';
  const data = join(folder, markup);
  await drawPets(data, 2);
  renameSync(join(data, 'cat', '1.png'), join(data, 'cat', `${markup}1.png`));
  const nasty = await serveCleaner(await cleanerOfPets(data), { title: markup });
  try {
    const tab = await page.open(nasty.url);
    await tab.until(`${states('new')} === 4`);
    await tab.press('Delete');
    await tab.until(`${states('deleted')} === 1`);
    const shown =
      'document.querySelector(".file").textContent + document.getElementById("status").textContent';
    expect(await tab.evaluate(shown)).toBe(`#1 ${markup}1.png${markup}1.png: Deleted. Ctrl+Z reverts it.`);
    expect(await tab.evaluate('document.querySelector("h1").textContent')).toBe(
      `Find wrong labels ${markup}`,
    );
    expect(await tab.evaluate('document.querySelectorAll("img[src=x]").length')).toBe(0);
  } finally {
    await nasty.close();
  }
});

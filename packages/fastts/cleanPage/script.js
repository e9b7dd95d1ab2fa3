/** The page of `fastts clean`. Pictures and classes are named by their numbers; names are only ever shown as text. */

const PER_PAGE = 48;
/** The keys of the first classes; the others are in the menu of each picture. */
const KEYS = [...'1234567890abcdefghijklmnopqrstuvwxyz'];
const STATES = { new: '', kept: 'Kept', deleted: 'Deleted' };

const byId = (id) => document.getElementById(id);
const list = byId('pictures');
/** The class names, the number of pictures per set, and what undo would revert. */
let data;
/** The chosen set, class and page, and the number of pictures of that class and set. */
const view = { split: 'valid', label: '', page: 0, total: 0 };
/** The listed pictures, by number. */
let shown = new Map();

async function ask(path, body) {
  const request = body && {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Error('fastts clean has ended: start it again, and open the address that it prints.');
  }
  const answer = await response.json();
  if (response.ok) return answer;
  if (answer.picture) update(answer.picture);
  if ('undo' in answer) setUndo(answer.undo);
  throw new Error(answer.message);
}

function say(text, isError = false) {
  byId('status').textContent = text;
  byId('status').className = isError ? 'error' : '';
}

/** Runs what the user asked for, and shows its error. */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  }
}

function element(name, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

const nameOf = (label) => data.vocab[label];

function option(value, text) {
  return element('option', { value, text });
}

/** The texts of a picture, which its card and its description for screen readers have. */
function textsOf({ label, listed, predicted, confidence, loss, state, name }) {
  const isChanged = state === 'changed';
  return {
    given: `Labeled ${nameOf(isChanged ? listed : label)}`,
    predicted:
      predicted === null
        ? 'Cannot be read'
        : `Predicted ${nameOf(predicted)}, ${(100 * confidence).toFixed(0)}% sure, loss ${loss.toFixed(2)}`,
    state: isChanged ? (label === listed ? 'Changed before' : `Now ${nameOf(label)}`) : STATES[state],
    name,
  };
}

function card(picture) {
  const { number } = picture;
  const menu = element('select', { ariaLabel: 'Change label' }, option('', 'Change label…'));
  // Filled when it is used: hundreds of classes in each of 48 menus would take a while.
  const fill = () => {
    if (menu.length === 1) menu.append(...data.vocab.map((name, i) => option(i, name)));
  };
  menu.addEventListener('focus', fill);
  menu.addEventListener('pointerdown', fill);
  menu.addEventListener('change', () => {
    const label = Number(menu.value);
    menu.selectedIndex = 0;
    act(number, 'change', label);
  });
  const keep = element('button', { type: 'button', text: 'Keep', onclick: () => act(number, 'keep') });
  const remove = element('button', { type: 'button', text: 'Delete', onclick: () => act(number, 'delete') });
  const article = element(
    'article',
    { tabIndex: -1 },
    element('img', { src: `thumbnails/${number}`, alt: '', loading: 'lazy', decoding: 'async' }),
    element('p', { className: 'given' }),
    element('p', { className: 'predicted' }),
    element('p', { className: 'file' }),
    element('p', { className: 'state' }),
    element('div', { className: 'acts' }, keep, remove, menu),
  );
  article.dataset.number = number;
  article.addEventListener('focusin', () => activate(article));
  fillCard(article, picture);
  setTabbable(article, false);
  return element('li', {}, article);
}

function fillCard(article, picture) {
  const { given, predicted, state, name } = textsOf(picture);
  const part = (kind) => article.querySelector(`.${kind}`);
  const [verb, ...rest] = given.split(' ');
  part('given').replaceChildren(`${verb} `, element('b', { text: rest.join(' ') }));
  part('predicted').textContent = predicted;
  part('predicted').classList.toggle('differs', picture.predicted !== picture.listed);
  part('file').textContent = `#${picture.number} ${name}`;
  part('file').title = picture.path;
  part('state').textContent = state;
  article.dataset.state = picture.state;
  article.ariaLabel = [given, predicted, state, name].filter(Boolean).join('. ');
  const isDeleted = picture.state === 'deleted';
  for (const control of article.querySelectorAll('button, select')) control.disabled = isDeleted;
}

/** Only the active card and its controls can be reached by Tab; arrows lead to the others. */
function setTabbable(article, isActive) {
  article.tabIndex = isActive ? 0 : -1;
  for (const control of article.querySelectorAll('button, select')) control.tabIndex = isActive ? 0 : -1;
}

function activate(article) {
  for (const other of list.querySelectorAll('article[tabindex="0"]')) setTabbable(other, false);
  setTabbable(article, true);
}

const cards = () => [...list.querySelectorAll('article')];

function focusCard(index) {
  const all = cards();
  all[Math.max(0, Math.min(index, all.length - 1))]?.focus();
}

function update(picture) {
  if (!shown.has(picture.number)) return;
  shown.set(picture.number, picture);
  const article = list.querySelector(`article[data-number="${picture.number}"]`);
  fillCard(article, picture);
}

function setUndo(undo) {
  data.undo = undo;
  byId('undo').disabled = !undo;
  byId('undo').textContent = undo ? `Undo ${undo.text}` : 'Undo';
}

/** Applies an action to a picture, and focuses the next one. */
function act(number, action, label) {
  return attempt(async () => {
    const seen = shown.get(number);
    const same = action === 'change' && label === seen.label;
    const request = { number, action: same ? 'keep' : action, label, seen: [seen.label, seen.state] };
    const { picture, undo } = await ask('act', request);
    update(picture);
    setUndo(undo);
    say(`${picture.name}: ${textsOf(picture).state}. Ctrl+Z reverts it.`);
    const article = list.querySelector(`article[data-number="${number}"]`);
    if (article.contains(document.activeElement) || document.activeElement === document.body) {
      focusCard(cards().indexOf(article) + 1);
    }
  });
}

function revert() {
  return attempt(async () => {
    if (!data.undo) return say('There is nothing to undo.');
    const { picture, undo } = await ask('undo', { seen: data.undo.time });
    setUndo(undo);
    say(`${picture.name} is as before: ${nameOf(picture.label)}.`);
    if (!shown.has(picture.number)) return load();
    update(picture);
    list.querySelector(`article[data-number="${picture.number}"]`).focus();
  });
}

/** Lists the pictures of the chosen class, set and page. */
function load({ focus = false } = {}) {
  return attempt(async () => {
    const query = new URLSearchParams({
      split: view.split,
      label: view.label,
      offset: view.page * PER_PAGE,
      limit: PER_PAGE,
    });
    const { total, pictures, undo } = await ask(`pictures?${query}`);
    setUndo(undo);
    view.total = total;
    shown = new Map(pictures.map((picture) => [picture.number, picture]));
    list.replaceChildren(...pictures.map(card));
    const [first] = cards();
    if (first) activate(first);
    const pages = Math.max(1, Math.ceil(total / PER_PAGE));
    byId('page').textContent = `Page ${view.page + 1} of ${pages} (${total} pictures)`;
    byId('previous').disabled = view.page === 0;
    byId('next').disabled = view.page + 1 >= pages;
    if (total === 0) say('There are no pictures of this class in this set.');
    window.scrollTo(0, 0);
    if (focus) focusCard(0);
  });
}

function turn(step) {
  const last = Math.max(0, Math.ceil(view.total / PER_PAGE) - 1);
  const page = Math.max(0, Math.min(last, view.page + step));
  if (page === view.page) return;
  view.page = page;
  load({ focus: true });
}

function choose() {
  view.split = byId('split').value;
  view.label = byId('label').value;
  view.page = 0;
  say('');
  load();
}

/** The keys of a card. */
function onCardKey(event, article) {
  const all = cards();
  const index = all.indexOf(article);
  const columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
  const moves = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index < columns ? index : index - columns,
    ArrowDown: index + columns < all.length ? index + columns : index,
    Home: 0,
    End: all.length - 1,
  };
  const isOnControl = event.target !== article;
  const number = Number(article.dataset.number);
  const label = KEYS.indexOf(event.key.toLowerCase());
  if (event.key in moves) focusCard(moves[event.key]);
  else if ((event.key === 'Enter' || event.key === ' ') && !isOnControl) act(number, 'keep');
  else if (event.key === 'Delete' || event.key === 'Backspace') act(number, 'delete');
  else if (label !== -1 && label < data.vocab.length) act(number, 'change', label);
  else return;
  event.preventDefault();
}

document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && key.toLowerCase() === 'z') {
    event.preventDefault();
    revert();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || target.localName === 'select') return;
  if (key === 'PageDown' || key === 'PageUp') {
    event.preventDefault();
    turn(key === 'PageDown' ? 1 : -1);
    return;
  }
  const article = target.closest('article');
  if (article) onCardKey(event, article);
  // Nothing has the focus: an arrow key focuses the first picture.
  else if (target === document.body && key.startsWith('Arrow')) {
    event.preventDefault();
    focusCard(0);
  }
});

byId('split').addEventListener('change', choose);
byId('label').addEventListener('change', choose);
byId('previous').addEventListener('click', () => turn(-1));
byId('next').addEventListener('click', () => turn(1));
byId('undo').addEventListener('click', revert);
// Another window may have changed pictures in the meantime.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && data) load();
});

attempt(async () => {
  data = await ask('data');
  byId('folder').textContent = data.title;
  document.title = `${data.title} – fastts clean`;
  byId('keys').append(
    ...data.vocab
      .slice(0, KEYS.length)
      .map((name, i) => element('span', {}, element('kbd', { text: KEYS[i] }), ` ${name}`)),
  );
  const sets = data.sets.map(({ split, count }) =>
    option(split, `${split === 'train' ? 'training' : 'validation'} (${count})`),
  );
  byId('split').append(...sets);
  byId('label').append(option('', 'all'), ...data.vocab.map((name, i) => option(i, name)));
  byId('split').value = view.split = data.sets.at(-1).split;
  setUndo(data.undo);
  await load({ focus: true });
});

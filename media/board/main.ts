/** The board: which slots are whose, and what happened. Draws what it is told; keeps nothing but the rows on screen. */
import type { Entry, FromBoard, Shard, Texts, ToBoard } from './messages.ts';
import { joined, placeOf, type Row, rowOf } from './rows.ts';
import { SLOT_COUNT, stretches } from './slot-map.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromBoard): void };

const host = acquireVsCodeApi();
/** More rows than anybody scrolls back, few enough to be drawn at once. */
const MOST_ROWS = 1000;
/** Pixels: of a lane, and what time, kind and words need besides. */
const LANE_WIDTH = 46;
const WORDS_WIDTH = 320;
/** As many colours as the theme has for charts. */
const HUES = 6;

/** Shape and colour both tell the kind. */
const MARKS: Readonly<Record<string, string>> = {
  fault: '✖',
  failure: '▲',
  election: '★',
  role: '◆',
  slots: '■',
  sync: '⇄',
  state: '●',
  client: '✎',
  gossip: '·',
  lab: '○',
  log: '–',
};

function part<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`no ${id}`);
  return found;
}

const band = part('band', HTMLDivElement);
const legend = part('legend', HTMLUListElement);
const head = part('head', HTMLTableRowElement);
const rows = part('rows', HTMLTableSectionElement);
const scroller = part('scroller', HTMLDivElement);
const key = part('key', HTMLInputElement);
const where = part('where', HTMLOutputElement);
const marker = part('marker', HTMLDivElement);
const logs = part('logs', HTMLInputElement);
const gossip = part('gossip', HTMLInputElement);

let texts: Texts | undefined;
let nodes: readonly string[] = [];
/** What the rows on screen are drawn from. */
let shown: Row[] = [];
/** The newest row is in sight, and stays so. Whoever reads further up is left there. */
let follows = true;
/** The size that there was room made for. */
let room = '';

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function hue(shard: number | undefined, served: boolean): string {
  if (shard === undefined) return 'nobody';
  return `hue${shard % HUES}${served ? '' : ' unserved'}`;
}

function drawCluster(shards: readonly Shard[]): void {
  document.body.classList.toggle('empty', shards.length === 0 && nodes.length === 0);
  band.replaceChildren(
    ...stretches(shards).map(({ first, last, shard, served }) => {
      const name = shard === undefined ? '' : (shards[shard]?.name ?? '');
      const stretch = element('div', `stretch ${hue(shard, served)}`, name);
      stretch.style.flexGrow = String(last - first + 1);
      stretch.title = `${first}-${last} ${name}`;
      return stretch;
    }),
  );
  legend.replaceChildren(
    ...shards.map(({ name, detail, served }, place) => {
      const item = element('li', '');
      const told = served ? detail : `${detail} · ${texts?.unserved ?? ''}`;
      item.append(element('span', `swatch ${hue(place, served)}`), element('b', '', name), ` ${told}`);
      return item;
    }),
  );
}

function drawHead(names: readonly string[]): void {
  if (names.join() === nodes.join() && head.childElementCount > 0) return;
  nodes = names;
  const columns = names.map((name) => element('th', 'lane', name));
  head.replaceChildren(
    element('th', 'time', texts?.time),
    ...columns,
    element('th', 'kind'),
    element('th', 'what', texts?.what),
  );
  for (const cell of head.cells) cell.scope = 'col';
  makeRoom();
}

function sizeNow(): string {
  return `${scroller.clientWidth}x${scroller.clientHeight}`;
}

function makeRoom(): void {
  room = sizeNow();
  const wanted = nodes.length * LANE_WIDTH + WORDS_WIDTH;
  document.body.classList.toggle('without-lanes', scroller.clientWidth < wanted);
  follow();
}

function follow(): void {
  if (follows) scroller.scrollTop = scroller.scrollHeight;
}

function draw({ at, kind, kindName, text, lanes, tellers }: Row): HTMLTableRowElement {
  const made = element('tr', `kind-${kind}`);
  const moment = new Date(at);
  const time = `${moment.toLocaleTimeString([], { hour12: false })}.${String(moment.getMilliseconds()).padStart(3, '0')}`;
  const cells = nodes.map((_, place) => {
    const cell = element('td', `lane ${lanes[place] ?? 'up'}`);
    // The words say who: the mark is for the eye.
    if (tellers.includes(place)) {
      const mark = element('span', 'mark', MARKS[kind] ?? '●');
      mark.ariaHidden = 'true';
      cell.append(mark);
    }
    return cell;
  });
  const what = element('td', 'what');
  if (tellers.length > 0) what.append(element('b', '', tellers.map((place) => nodes[place]).join(' ')), ' ');
  what.append(text);
  made.append(element('td', 'time', time), ...cells, element('td', 'kind', kindName), what);
  return made;
}

function drawEntries(entries: readonly Entry[], anew: boolean): void {
  if (anew) {
    shown = [];
    follows = true;
    rows.replaceChildren();
  }
  for (const entry of entries) add(entry);
  while (shown.length > MOST_ROWS) {
    shown.shift();
    rows.deleteRow(0);
  }
  follow();
}

function add(entry: Entry): void {
  const place = placeOf(entry, shown);
  const old = place === undefined ? undefined : shown[place];
  if (place === undefined || old === undefined || entry.node === undefined) {
    const row = rowOf(entry);
    shown.push(row);
    rows.append(draw(row));
    return;
  }
  const row = joined(old, entry.node);
  shown[place] = row;
  rows.rows[place]?.replaceWith(draw(row));
}

function locate(): void {
  host.postMessage({ type: 'locate', key: key.value });
}

function showSlot(slot: number | undefined, text: string): void {
  where.textContent = text;
  marker.hidden = slot === undefined;
  if (slot !== undefined) marker.style.left = `${((slot + 0.5) / SLOT_COUNT) * 100}%`;
}

function adoptTexts(told: Texts): void {
  texts = told;
  for (const place of document.querySelectorAll<HTMLElement>('[data-text]')) {
    const entry = Object.entries(told).find(([name]) => name === place.dataset['text']);
    place.textContent = String(entry?.[1] ?? '');
  }
  key.placeholder = told.keyHint;
  band.ariaLabel = told.slotMap;
}

window.addEventListener('message', ({ data }: MessageEvent<ToBoard>) => {
  // What was sent while the page loaded comes first, and comes again with the words that it asked for.
  if (texts === undefined && data.type !== 'texts') return;
  switch (data.type) {
    case 'texts':
      adoptTexts(data.texts);
      return;
    case 'cluster':
      drawHead(data.nodes);
      drawCluster(data.shards);
      // Whose the key is may be another by now.
      if (key.value !== '') locate();
      return;
    case 'entries':
      drawEntries(data.entries, data.anew);
      return;
    case 'located':
      showSlot(data.slot, data.text);
  }
});

key.addEventListener('input', locate);
scroller.addEventListener('scroll', () => {
  // While an edge is dragged the lines are broken anew before room is made: nobody scrolled away from the newest.
  if (sizeNow() !== room) return;
  follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 24;
});
logs.addEventListener('change', () => {
  document.body.classList.toggle('with-logs', logs.checked);
  follow();
});
gossip.addEventListener('change', () => host.postMessage({ type: 'gossip', wanted: gossip.checked }));
part('clear', HTMLButtonElement).addEventListener('click', () => host.postMessage({ type: 'clear' }));
new ResizeObserver(makeRoom).observe(scroller);
host.postMessage({ type: 'ready' });

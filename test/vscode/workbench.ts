/** The gestures of a user in the workbench, each waiting for what it asks for. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { until } from '../until.ts';
import type { Settings } from './server.ts';

const picturesFolder = path.resolve(import.meta.dirname, '../../test-results');

/** What a UI test file exports. The test throws when something is not as it should be. */
export interface UiTest {
  readonly default: (workbench: Workbench) => Promise<void>;
  /** Display language; English without it. */
  readonly locale?: string;
  /** Makes the folder the extension is loaded from; our own without it. */
  readonly extensionFolder?: () => string;
  /** Makes folders of extensions that are loaded beside ours. */
  readonly otherExtensions?: () => readonly string[];
  /** Makes the folder or .code-workspace file that is opened; a copy of the sample without it. */
  readonly workspace?: (basePort: number) => string;
  /** The user's settings, over those of every test. */
  readonly settings?: Settings;
}

/** How often a quick input is opened again: a terminal that takes the focus late closes it. */
const ATTEMPTS = 6;

export class Workbench {
  readonly page: Page;
  /** First port of the lab that belongs to this workbench. */
  readonly basePort: number;
  readonly #pictures: string;

  constructor(page: Page, basePort: number, pictures = picturesFolder) {
    this.page = page;
    this.basePort = basePort;
    this.#pictures = pictures;
  }

  async ready(): Promise<void> {
    await this.page.locator('.part.statusbar .statusbar-item').first().waitFor({ timeout: 60_000 });
  }

  /**
   * For workspaces whose folders are not of this machine: a window that opens before their file system is there may show
   * none of them until it is loaded again.
   */
  async reloadUntil(shown: Locator): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await shown.waitFor({ timeout: 8000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
      await this.page.reload();
      await this.ready();
    }
  }

  /** A second window on the same folder. */
  async anotherWindow(): Promise<Workbench> {
    const page = await this.page.context().newPage();
    await page.goto(this.page.url());
    const other = new Workbench(page, this.basePort, this.#pictures);
    await other.ready();
    return other;
  }

  /** Runs a command through the palette. */
  async command(title: string): Promise<void> {
    await this.#quickPick('F1', `>${title}`, title);
  }

  /** Opens a file of the workspace. A list that is filled anew under the pointer loses the click. */
  async open(file: string): Promise<void> {
    const tab = this.page.locator('.tab.active', { hasText: path.basename(file) });
    for (let attempt = 1; ; attempt++) {
      await this.#quickPick('Control+P', file, path.basename(file));
      try {
        await tab.waitFor({ timeout: 5000 });
        break;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    // Whatever had the focus before the palette has it again.
    await this.page.keyboard.press('Control+1');
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  }

  /** Shows the first line: a key that comes while a command still closes its box goes nowhere. */
  async top(): Promise<void> {
    const first = this.page.locator('.editor-instance .line-numbers').getByText('1', { exact: true });
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press('Control+Home');
      try {
        await first.waitFor({ timeout: 2000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.page.keyboard.press('Control+1');
      }
    }
  }

  /** Goes to the last line, as `top` to the first. */
  async bottom(): Promise<void> {
    const numbers = this.page.locator('.editor-instance .line-numbers');
    const current = this.page.locator('.editor-instance .line-numbers.active-line-number');
    await until(async () => {
      for (const key of ['Control+1', 'Control+End']) await this.page.keyboard.press(key);
      const lines = (await numbers.allTextContents()).map(Number);
      return (await current.allTextContents()).map(Number).includes(Math.max(...lines));
    }, 'the cursor in the last line');
  }

  /** Picks a row of the quick pick that is open. */
  async pick(text: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }

  /** Answers the question that the quick input asks. */
  async answer(question: string | RegExp, words: string): Promise<void> {
    await this.question(question).waitFor();
    await this.page.locator('.quick-input-widget input.input').fill(words);
    await this.page.keyboard.press('Enter');
    await this.question(question).waitFor({ state: 'detached' });
  }

  /** Types an answer which is not given yet. */
  async draft(question: string | RegExp, words: string): Promise<void> {
    await this.question(question).waitFor();
    await this.page.locator('.quick-input-widget input.input').fill(words);
  }

  /** Leaves what the question suggests. */
  async confirm(question: string | RegExp): Promise<void> {
    await this.question(question).waitFor();
    await this.page.keyboard.press('Enter');
    await this.question(question).waitFor({ state: 'detached' });
  }

  /** Picks one row of the list under a question. */
  async choose(question: string | RegExp, row: string): Promise<void> {
    await this.question(question).waitFor();
    await this.pick(row);
    await this.question(question).waitFor({ state: 'detached' });
  }

  /** Sees to it that rows of the list under a question are ticked, and others are not, and goes on. */
  async tick(
    question: string | RegExp,
    ticked: readonly string[] = [],
    unticked: readonly string[] = [],
  ): Promise<void> {
    await this.question(question).waitFor();
    const settle = async (row: string, wanted: string): Promise<void> => {
      const box = this.page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first();
      if ((await box.getByRole('checkbox').getAttribute('aria-checked')) !== wanted) await box.click();
    };
    for (const row of ticked) await settle(row, 'true');
    for (const row of unticked) await settle(row, 'false');
    await this.page.locator('.quick-input-widget').getByRole('button', { name: 'OK' }).click();
    await this.question(question).waitFor({ state: 'detached' });
  }

  /** A question of a quick input: the line below its box, or the box's own words. */
  question(words: string | RegExp): Locator {
    const input = this.page.locator('.quick-input-widget:visible');
    return input.getByText(words).or(input.getByPlaceholder(words)).first();
  }

  /** The question that stands before everything else. */
  modal(text: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box', { hasText: text });
  }

  /** Waits until the terminal in front shows it. */
  async terminalShows(wanted: RegExp): Promise<void> {
    const rows = this.page.locator('.terminal-wrapper.active .xterm .xterm-rows > div');
    const deadline = performance.now() + 10_000;
    for (;;) {
      // The terminal pads with no-break spaces.
      const text = (await rows.allTextContents()).join('\n').replaceAll('\u00a0', ' ');
      if (wanted.test(text)) return;
      assert.ok(performance.now() < deadline, `waited for ${wanted} and saw:\n${text}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** A line and the return key, to whatever has the focus. */
  async type(line: string): Promise<void> {
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** A line of the output channel that is shown. */
  output(text: string | RegExp): Locator {
    return this.page.locator('.part.panel .view-line', { hasText: text }).last();
  }

  async #quickPick(key: string, typed: string, row: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    const choice = this.page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.keyboard.press(key);
        await input.waitFor({ timeout: 2000 });
        await input.fill(typed, { timeout: 2000 });
        await choice.click({ timeout: 5000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Shows a view container. A click hides it when a window that restores its side bar was quicker. */
  async view(title: string): Promise<void> {
    const shown = this.page.locator('.part.sidebar .title-label', { hasText: title });
    const icon = this.page.locator(`.activitybar a.action-label[aria-label^="${title}"]`);
    await icon.waitFor();
    for (let attempt = 1; !(await shown.isVisible()); attempt++) {
      await icon.click();
      try {
        await shown.waitFor({ timeout: 2000 });
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  treeRow(text: string | RegExp): Locator {
    return this.page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
  }

  /** The row of one of the lab's nodes, saying this. */
  nodeRow(port: number, says = ''): Locator {
    return this.treeRow(new RegExp(`^${port}(?!\\d).*${says}`));
  }

  /** Chooses an entry of a tree row's context menu. */
  async contextMenu(row: Locator, entry: string): Promise<void> {
    const menu = this.page.locator('.monaco-menu');
    await row.click({ button: 'right' });
    // A menu takes no click in its first moments, lest the one that opened it chooses as well.
    for (let attempt = 1; ; attempt++) {
      await menu.locator('.action-label', { hasText: entry }).first().click();
      try {
        await menu.waitFor({ state: 'detached', timeout: 1000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Rests the pointer on it until the hover shows `text`. A row that is drawn anew meanwhile loses its hover. */
  async hover(target: Locator, text: string | RegExp): Promise<Locator> {
    const hover = this.page.locator('.monaco-hover:visible', { hasText: text }).first();
    for (let attempt = 1; ; attempt++) {
      // A hover follows a pointer that comes, not one that is there already.
      await this.page.mouse.move(0, 0);
      await target.hover();
      try {
        await hover.waitFor({ timeout: 3000 });
        return hover;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** A fix that is offered where the cursor is. Menus are set with blanks that do not break: `title` has a pattern for them. */
  quickFix(title: RegExp): Promise<Locator> {
    return this.#asked('Control+.', this.page.locator('.action-widget .action', { hasText: title }).first());
  }

  /** What is offered to be written where the cursor is. */
  suggestion(text: string): Promise<Locator> {
    const rows = this.page.locator('.suggest-widget .monaco-list-row', { hasText: text });
    return this.#asked('Control+Space', rows.first());
  }

  /** Asks again where the editor was not ready to answer. */
  async #asked(key: string, answer: Locator): Promise<Locator> {
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press(key);
      try {
        await answer.waitFor({ timeout: 5000 });
        return answer;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Runs a command until something comes of it: an edit that comes in between, from a busy language server, undoes it. */
  async commandUntil(title: string, effect: Locator): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.command(title);
      try {
        await effect.waitFor({ timeout: 5000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Follows a link in the text to a file. Links are drawn anew whenever the language server tells of them, and when one
   * becomes active under the pointer: a click that comes with the key would miss it.
   */
  async follow(text: string, tab: string): Promise<void> {
    const { keyboard, mouse } = this.page;
    const link = this.page.locator('.detected-link', { hasText: text }).first();
    const active = this.page.locator('.detected-link-active', { hasText: text }).first();
    for (let attempt = 1; ; attempt++) {
      try {
        await mouse.move(0, 0);
        await link.hover({ timeout: 10_000 });
        await keyboard.down('ControlOrMeta');
        await active.waitFor({ timeout: 5000 });
        await mouse.down();
        await mouse.up();
        await this.page.locator('.tab.active', { hasText: tab }).waitFor({ timeout: 5000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      } finally {
        await keyboard.up('ControlOrMeta');
      }
    }
  }

  /** Clicks a lens until it does what it says: an edit draws lenses anew. One that has been done may say something else. */
  lens(text: string, effect: Locator): Promise<void> {
    return this.click(this.page.locator('.codelens-decoration a', { hasText: text }).first(), effect);
  }

  /** Clicks until something comes of it: on what is drawn anew meanwhile a click is lost. */
  async click(target: Locator, effect: Locator): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (attempt === 1 || (await target.isVisible())) await target.click();
      try {
        await effect.waitFor({ timeout: 10_000 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text }).first();
  }

  /**
   * The message as it is shown: as a toast or, where several come in quick succession, in the notification center alone
   * (NotificationsToasts' SPAM_PROTECTION: three in 800 ms).
   */
  async message(text: string | RegExp): Promise<Locator> {
    const toast = this.toast(text);
    try {
      await toast.waitFor({ timeout: 10_000 });
      return toast;
    } catch {
      await this.command('Notifications: Show Notifications');
      const row = this.page
        .locator('.notifications-center .notification-list-item', { hasText: text })
        .first();
      await row.waitFor();
      return row;
    }
  }

  /** Waits for a message and clears it away: only three are shown at a time. */
  async read(text: string | RegExp): Promise<void> {
    await this.#leave(await this.message(text), '.codicon-notifications-clear');
  }

  /** Presses a button of a message, which goes away by that. */
  async reply(text: string | RegExp, button: string): Promise<void> {
    await this.#leave(await this.message(text), `.monaco-button:has-text("${button}")`);
  }

  /** A message below this one that goes moves it from under the pointer: then once more. */
  async #leave(toast: Locator, by: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await toast.hover({ timeout: 2000 });
        await toast.locator(by).click({ timeout: 2000 });
        await toast.waitFor({ state: 'detached', timeout: 2000 });
        return;
      } catch (error) {
        if ((await toast.count()) === 0) return;
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  status(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  /** A line of the timeline. */
  happened(text: string | RegExp): Locator {
    return this.webview().locator('#rows tr', { hasText: text }).last();
  }

  /** A webview's own page: it stands in a frame within a frame. */
  webview(place = 0): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').nth(place).frameLocator('iframe#active-frame');
  }

  /** Takes a picture for people to look at: of the window, or of a part of it. */
  async picture(name: string, of: Locator | Page = this.page): Promise<void> {
    mkdirSync(this.#pictures, { recursive: true });
    await of.screenshot({ path: path.join(this.#pictures, `${name}.png`) });
  }
}

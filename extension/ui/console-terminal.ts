/** redis-cli in a terminal: console/ behind VS Code's Pseudoterminal. */
import * as vscode from 'vscode';
import { History } from '../console/history.ts';
import { Repl, type ReplOptions } from '../console/repl.ts';
import { followsRedirects, historySize, printsUtf8 } from './settings.ts';

const HISTORY_KEY = 'console.history';
/** Until the terminal has told its size. */
const USUAL_COLUMNS = 80;

/** A server to talk to, and how. */
export interface ConsolePlace
  extends Pick<ReplOptions, 'host' | 'port' | 'openSocket' | 'login' | 'refusal'> {
  /** In the terminal's title. */
  readonly name: string;
}

/** The consoles of a window share one history, kept from session to session with those of other windows. */
export class Consoles {
  readonly #history: History;

  constructor(state: vscode.Memento) {
    const store = {
      read: () => state.get<readonly string[]>(HISTORY_KEY, []),
      write: (lines: readonly string[]) => void state.update(HISTORY_KEY, lines),
    };
    this.#history = new History(store, historySize());
  }

  open(place: ConsolePlace): vscode.Terminal {
    const terminal = vscode.window.createTerminal({
      name: `redis-cli ${place.name}`,
      iconPath: new vscode.ThemeIcon('database'),
      pty: new ConsoleTerminal(place, this.#history),
    });
    terminal.show();
    return terminal;
  }
}

class ConsoleTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<void>();
  readonly #repl: Repl;

  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;

  constructor(place: ConsolePlace, history: History) {
    this.#repl = new Repl({
      ...place,
      columns: USUAL_COLUMNS,
      history,
      followsRedirects,
      printsUtf8,
      write: (output) => this.#write.fire(output),
      exit: () => this.#close.fire(),
    });
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.#repl.resize(dimensions.columns);
    void this.#repl.open();
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.#repl.resize(dimensions.columns);
  }

  handleInput(data: string): void {
    this.#repl.input(data);
  }

  close(): void {
    this.#repl.close();
    this.#write.dispose();
    this.#close.dispose();
  }
}

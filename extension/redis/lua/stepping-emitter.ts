/**
 * Code for a debugger: it tells the machine of every line that is reached, as Lua 5.1's line hook does. That hook looks
 * at instructions: it fires where one is of another line than the one before in the same call, at the first of a call,
 * and after a jump back. So a call whose arguments stand on several lines comes back to the first, and the end of a
 * function is a line of its own. Generated code remembers the line last told as `ln`, one for each call.
 */
import type { Place } from './state.ts';
import { type Local, StatementEmitter } from './statement-emitter.ts';
import type { FunctionBody, FunctionScope, Lines } from './syntax.ts';

export class SteppingEmitter extends StatementEmitter {
  readonly #lines: Lines;
  /** Of the function that is being written, in the order in which they were declared. */
  #locals: readonly Local[] = [];

  constructor(places: Place[], chunk: string, scope: FunctionScope, environments: boolean, lines: Lines) {
    super(places, chunk, scope, environments);
    this.#lines = lines;
  }

  protected override get steps(): boolean {
    return true;
  }

  protected override reached(node: object): string {
    const line = this.#lines.get(node);
    return line === undefined ? '' : this.reachedLine(line);
  }

  protected override reachedLine(line: number): string {
    const locals = this.#locals.map(({ name, code }) => `[${JSON.stringify(name)}, ${code}]`);
    return `(ln === ${line} || (ln = ${line}, yield new L(${line}, () => [${locals.join(', ')}]))), `;
  }

  protected override goingBack(): string {
    return 'ln = 0;\n';
  }

  protected override body(body: FunctionBody): string {
    const outer = this.#locals;
    this.#locals = [];
    const code = super.body(body);
    this.#locals = outer;
    return `let ln = 0;\n${code}`;
  }

  protected override addLocals(variables: readonly Local[]): void {
    this.#locals = [...this.#locals, ...variables];
  }

  protected override withinBlock<T>(write: () => T): T {
    const outer = this.#locals;
    const written = write();
    this.#locals = outer;
    return written;
  }
}

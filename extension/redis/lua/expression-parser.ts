/** Lua 5.1's expressions, names, functions. */
import type { Binary } from '../bytes.ts';
import { Lexer, type Token } from './lexer.ts';
import type {
  BinaryOperator,
  Call,
  Expression,
  FunctionBody,
  FunctionScope,
  Item,
  Lines,
  Statement,
  Target,
  Variable,
} from './syntax.ts';

/** LUAI_MAXCCALLS, LUAI_MAXVARS, LUAI_MAXUPVALUES. */
const MOST_LEVELS = 200;
const MOST_LOCALS = 200;
const MOST_UPVALUES = 60;

/** How tightly an operator binds to its left and to its right. */
const PRIORITIES: Readonly<Record<string, readonly [left: number, right: number]>> = {
  '+': [6, 6],
  '-': [6, 6],
  '*': [7, 7],
  '/': [7, 7],
  '%': [7, 7],
  '^': [10, 9],
  '..': [5, 4],
  '~=': [3, 3],
  '==': [3, 3],
  '<': [3, 3],
  '<=': [3, 3],
  '>': [3, 3],
  '>=': [3, 3],
  and: [2, 2],
  or: [1, 1],
};
const UNARY_PRIORITY = 8;

function isBinaryOperator(type: string): type is BinaryOperator {
  return Object.hasOwn(PRIORITIES, type);
}

export abstract class ExpressionParser {
  protected token: Token;
  protected scope: FunctionScope;
  readonly #lexer: Lexer;
  #ahead: Token | undefined;
  /** Where the token before this one stood. */
  #lastLine = 1;
  readonly #lines: Lines | undefined;
  #levels = 0;
  #variables = 0;

  /** `lines` is filled for a debugger. */
  constructor(text: Binary, chunk: string, lines?: Lines) {
    this.#lines = lines;
    this.#lexer = new Lexer(text, chunk);
    this.token = this.#lexer.next();
    this.scope = newScope(undefined, 0, true);
  }

  protected abstract block(): Statement[];

  // Tokens.

  protected advance(): Token {
    const { token } = this;
    this.#lastLine = token.line;
    this.token = this.#ahead ?? this.#lexer.next();
    this.#ahead = undefined;
    return token;
  }

  protected accept(type: string): boolean {
    if (this.token.type !== type) return false;
    this.advance();
    return true;
  }

  protected expect(type: string): void {
    if (!this.accept(type)) this.expected(type);
  }

  /** What ends something that began on `line`. */
  protected close(type: string, opened: string, line: number): void {
    if (this.accept(type)) return;
    if (line === this.token.line) this.expected(type);
    this.failNear(`'${type}' expected (to close '${opened}' at line ${line})`);
  }

  protected expected(type: string): never {
    this.failNear(`'${type}' expected`);
  }

  protected failNear(message: string): never {
    const { type, source } = this.token;
    this.#lexer.fail(message, type.startsWith('char(') ? type : source, this.token.line);
  }

  protected fail(message: string): never {
    this.#lexer.fail(message, '', this.token.line);
  }

  /** What is there so far of `node` belongs to the line of the last token, for a debugger. */
  protected mark(node: object, line = this.#lastLine): void {
    if (this.#lines?.has(node) === false) this.#lines.set(node, line);
  }

  /** Lua makes code for what is simply there only when the token behind it has been read. */
  #markLoaded(expression: Expression): void {
    if (LOADED.has(expression.type)) this.#lines?.set(expression, this.#lastLine);
  }

  protected enter(): void {
    if (++this.#levels > MOST_LEVELS) this.fail('chunk has too many syntax levels');
  }

  protected leave(): void {
    this.#levels--;
  }

  protected name(): Binary {
    if (this.token.type !== 'name') this.expected('<name>');
    return this.advance().text;
  }

  // Names.

  protected openFunction(line: number, isVararg: boolean): FunctionScope {
    this.scope = newScope(line === 0 ? undefined : this.scope, line, isVararg);
    return this.scope;
  }

  protected newVariable(name: Binary): Variable {
    const { scope } = this;
    if (scope.active.length >= MOST_LOCALS) this.#limit('local variables', MOST_LOCALS, scope);
    const variable = { name, id: this.#variables++, owner: scope, assigned: false, counts: false };
    scope.active.push(variable);
    return variable;
  }

  protected resolve(name: Binary, line: number): Target {
    for (let scope: FunctionScope | undefined = this.scope; scope !== undefined; scope = scope.parent) {
      const variable = scope.active.findLast((each) => each.name === name);
      if (variable === undefined) continue;
      this.#captured(variable);
      return { type: 'local', variable, scope: this.scope };
    }
    return { type: 'global', name, line };
  }

  #captured(variable: Variable): void {
    for (let scope = this.scope; scope !== variable.owner && scope.parent; scope = scope.parent) {
      scope.upvalues.add(variable);
      if (scope.upvalues.size > MOST_UPVALUES) this.#limit('upvalues', MOST_UPVALUES, scope);
    }
  }

  #limit(what: string, limit: number, scope: FunctionScope): never {
    const where = scope.line === 0 ? 'main function' : `function at line ${scope.line}`;
    this.fail(`${where} has more than ${limit} ${what}`);
  }

  // Expressions.

  protected expressions(): Expression[] {
    const list = [this.expression()];
    while (this.accept(',')) {
      this.#markLoaded(list[list.length - 1]);
      list.push(this.expression());
    }
    return list;
  }

  protected expression(limit = 0): Expression {
    this.enter();
    let left = this.#unary();
    this.mark(left);
    for (;;) {
      const { type, line } = this.token;
      if (!isBinaryOperator(type) || PRIORITIES[type][0] <= limit) break;
      this.advance();
      this.#markLoaded(left);
      const right = this.expression(PRIORITIES[type][1]);
      left = { type: 'binary', operator: type, left, right, line };
      this.mark(left);
    }
    this.leave();
    return left;
  }

  #unary(): Expression {
    const { type, line } = this.token;
    if (type !== '-' && type !== 'not' && type !== '#') return this.#simple();
    this.advance();
    const operand = this.expression(UNARY_PRIORITY);
    if (type === '-' && operand.type === 'number') return { type: 'number', value: -operand.value };
    return { type: 'unary', operator: type, operand, line };
  }

  #simple(): Expression {
    const { token } = this;
    switch (token.type) {
      case 'number':
        this.advance();
        return { type: 'number', value: token.number };
      case 'string':
        this.advance();
        return { type: 'string', value: token.text };
      case 'nil':
      case 'true':
      case 'false':
        this.advance();
        return { type: token.type };
      case '...':
        if (!this.scope.isVararg) this.failNear("cannot use '...' outside a vararg function");
        return this.#varargs();
      case '{':
        return this.#table();
      case 'function':
        this.advance();
        return { type: 'function', body: this.functionBody(false, token.line) };
      default:
        return this.suffixed();
    }
  }

  #varargs(): Expression {
    const expression: Expression = { type: 'varargs' };
    this.mark(expression);
    this.advance();
    this.scope.usesVarargs = true;
    return expression;
  }

  /** A name or something in parentheses, and what is done with it: `a.b[c]:d(e)`. */
  protected suffixed(): Expression {
    const { line, type } = this.token;
    let expression: Expression;
    if (type === '(') {
      this.advance();
      const inner = this.expression();
      this.close(')', '(', line);
      this.#markLoaded(inner);
      expression = { type: 'parentheses', inner };
    } else if (type === 'name') expression = this.resolve(this.advance().text, line);
    else return this.failNear('unexpected symbol');
    for (let more: Expression | undefined = expression; more !== undefined; more = this.#suffix(expression)) {
      expression = more;
      this.mark(expression);
    }
    return expression;
  }

  #suffix(object: Expression): Expression | undefined {
    const { line } = this.token;
    switch (this.token.type) {
      case '.':
        this.advance();
        return { type: 'index', object, key: { type: 'string', value: this.name() }, line };
      case '[': {
        this.advance();
        const key = this.expression();
        this.expect(']');
        return { type: 'index', object, key, line };
      }
      case ':': {
        this.advance();
        const method = this.name();
        this.#markLoaded(object);
        return this.#call(object, method);
      }
      case '(':
      case 'string':
      case '{':
        return this.#call(object, undefined);
      default:
        return undefined;
    }
  }

  #call(callee: Expression, method: Binary | undefined): Call {
    const { type, line } = this.token;
    let args: Expression[] = [];
    if (type === 'string') args = [{ type: 'string', value: this.advance().text }];
    else if (type === '{') args = [this.#table()];
    else if (type === '(') {
      if (line !== this.#lastLine) this.failNear('ambiguous syntax (function call x new statement)');
      this.advance();
      if (this.token.type !== ')') args = this.expressions();
      this.close(')', '(', line);
      const last = args.at(-1);
      if (last !== undefined) this.#markLoaded(last);
    } else this.failNear('function arguments expected');
    return { type: 'call', callee, method, args, line };
  }

  #table(): Expression {
    const { line } = this.token;
    const items: Item[] = [];
    const table: Expression = { type: 'table', items, line };
    this.mark(table);
    this.expect('{');
    while (this.token.type !== '}') {
      const item = this.#item();
      this.mark(item);
      items.push(item);
      const more = this.accept(',') || this.accept(';');
      if (!more) this.close('}', '{', line);
      if (item.key === undefined) this.#markLoaded(item.value);
      if (!more) {
        this.mark(items);
        return table;
      }
    }
    this.close('}', '{', line);
    this.mark(items);
    return table;
  }

  #item(): Item {
    const { token } = this;
    if (token.type === '[') {
      this.advance();
      const key = this.expression();
      this.expect(']');
      this.expect('=');
      return { key, value: this.expression() };
    }
    if (token.type === 'name') {
      this.#ahead ??= this.#lexer.next();
      if (this.#ahead.type === '=') {
        this.advance();
        this.advance();
        return { key: { type: 'string', value: token.text }, value: this.expression() };
      }
    }
    return { key: undefined, value: this.expression() };
  }

  protected functionBody(isMethod: boolean, line: number): FunctionBody {
    const outer = this.scope;
    this.expect('(');
    const names = isMethod ? ['self'] : [];
    let isVararg = false;
    if (this.token.type !== ')') {
      do {
        if (this.accept('...')) isVararg = true;
        else if (this.token.type === 'name') names.push(this.name());
        else this.failNear("<name> or '...' expected");
      } while (!isVararg && this.accept(','));
    }
    const scope = this.openFunction(line, isVararg);
    const parameters = names.map((name) => this.newVariable(name));
    const arg = isVararg ? this.newVariable('arg') : undefined;
    this.expect(')');
    const block = this.block();
    this.close('end', 'function', line);
    this.scope = outer;
    this.#lines?.set(block, this.#lastLine);
    return { scope, parameters, arg, block };
  }
}

/** What no code is needed for until it is used. */
const LOADED: ReadonlySet<Expression['type']> = new Set([
  'nil',
  'true',
  'false',
  'number',
  'string',
  'local',
  'global',
  'index',
] as const);

function newScope(parent: FunctionScope | undefined, line: number, isVararg: boolean): FunctionScope {
  return { parent, line, isVararg, usesVarargs: false, active: [], upvalues: new Set(), loops: 0 };
}

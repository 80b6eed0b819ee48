/**
 * Expressions as JavaScript. What the generated code relies on:
 *
 *     $      the state (state.ts), $.at the place of the last call
 *     T      the class of tables, G the class of calls under way, P the request to look at the clock
 *     N      no values; one(r) the first of a result, list(r) all of it
 *     E      the globals; va the further arguments of a function; v7 a variable; t3 a place for what lies between
 *
 * A call that is under way (`instanceof G`) is handed to the machine with `yield`, which answers with its result.
 */
import type { Binary } from '../bytes.ts';
import type { Place } from './state.ts';
import type { BinaryOperator, Call, Expression, FunctionBody, FunctionScope, Target } from './syntax.ts';

/** What is needed while the code of one function is written. */
interface FunctionContext {
  readonly scope: FunctionScope;
  /** Its number in the chunk. */
  readonly number: number;
  temporaries: number;
  mostTemporaries: number;
}

/** JavaScript that first does something and then stands for a value, as often as one likes. */
interface Operand {
  readonly setup: string;
  readonly code: string;
  readonly isNumber: boolean;
}

const ARITHMETIC: Partial<Record<BinaryOperator, (a: string, b: string) => string>> = {
  '+': (a, b) => `${a} + ${b}`,
  '-': (a, b) => `${a} - ${b}`,
  '*': (a, b) => `${a} * ${b}`,
  '/': (a, b) => `${a} / ${b}`,
  '%': (a, b) => `${a} - Math.floor(${a} / ${b}) * ${b}`,
  '^': (a, b) => `Math.pow(${a}, ${b})`,
};

export abstract class ExpressionEmitter {
  protected context: FunctionContext;
  protected readonly chunk: string;
  readonly #places: Place[];
  /** Functions of this chunk have environments of their own. */
  readonly #environments: boolean;
  #functions = 0;

  constructor(places: Place[], chunk: string, scope: FunctionScope, environments: boolean) {
    this.#places = places;
    this.chunk = chunk;
    this.#environments = environments;
    this.context = { scope, number: 0, temporaries: 0, mostTemporaries: 0 };
  }

  protected abstract body(body: FunctionBody): string;

  /** For a debugger: code in front of an expression that tells which line is reached there. */
  protected reached(_node: object): string {
    return '';
  }

  protected reachedLine(_line: number): string {
    return '';
  }

  /** Whether `reached` tells anything. */
  protected get steps(): boolean {
    return false;
  }

  /** The whole function. */
  protected functionCode(body: FunctionBody): string {
    const outer = this.context;
    const number = this.#functions++;
    this.context = { scope: body.scope, number, temporaries: 0, mostTemporaries: 0 };
    const parameters = body.parameters.map(({ id }) => `v${id}`);
    if (body.scope.isVararg) parameters.push('...va');
    const block = this.body(body);
    const { mostTemporaries } = this.context;
    const names = Array.from({ length: mostTemporaries }, (_, i) => `t${i}`);
    const declared = names.length > 0 ? `let ${names.join(', ')};\n` : '';
    this.context = outer;
    const code = `function* f${number}(${parameters.join(', ')}) {\n${declared}${block}return N;\n}`;
    if (!this.#environments) return code;
    return `$.closure(${code}, ${number === 0 ? 'E' : this.globals})`;
  }

  /** Whose fields the globals are. */
  protected get globals(): string {
    return this.#environments ? `f${this.context.number}.env` : 'E';
  }

  /** Where something happens, and to what. */
  protected place(line: number, subject?: Expression | Binary): number {
    this.#places.push({ chunk: this.chunk, line, ...this.#describe(subject) });
    return this.#places.length - 1;
  }

  #describe(subject: Expression | Binary | undefined): Pick<Place, 'kind' | 'name'> {
    if (typeof subject === 'string') return { kind: 'method', name: subject };
    switch (subject?.type) {
      case 'local': {
        const { variable } = subject;
        return { kind: variable.owner === this.context.scope ? 'local' : 'upvalue', name: variable.name };
      }
      case 'global':
        return { kind: 'global', name: subject.name };
      case 'index':
        return { kind: 'field', name: subject.key.type === 'string' ? subject.key.value : '?' };
      default:
        return { kind: '', name: '' };
    }
  }

  protected temporary(): string {
    const { context } = this;
    const name = `t${context.temporaries++}`;
    context.mostTemporaries = Math.max(context.mostTemporaries, context.temporaries);
    return name;
  }

  /** What `write` takes for temporaries is free again behind it. */
  protected scoped(write: () => string): string {
    const mark = this.context.temporaries;
    const code = write();
    this.context.temporaries = mark;
    return code;
  }

  // Values.

  /** One value. */
  protected value(expression: Expression): string {
    if (this.steps && isLoaded(expression)) {
      return `(${this.reached(expression)}${this.scoped(() => this.#value(expression))})`;
    }
    return this.scoped(() => this.#value(expression));
  }

  #value(expression: Expression): string {
    switch (expression.type) {
      case 'nil':
        return 'undefined';
      case 'true':
      case 'false':
        return expression.type;
      case 'number':
        return numberCode(expression.value);
      case 'string':
        return JSON.stringify(expression.value);
      case 'varargs':
        return 'va[0]';
      case 'local':
        return `v${expression.variable.id}`;
      case 'global':
        return this.#global(expression);
      case 'index':
        return this.#index(expression);
      case 'function':
        return this.steps
          ? `(${this.reached(expression.body.block)}${this.functionCode(expression.body)})`
          : this.functionCode(expression.body);
      case 'parentheses':
        return this.value(expression.inner);
      case 'call':
        return this.#firstOf(expression);
      case 'table':
        return this.#table(expression);
      case 'unary':
        return this.#unary(expression);
      case 'binary':
        return this.#binary(expression);
    }
  }

  #global({ name, line }: Target & { type: 'global' }): string {
    const t = this.temporary();
    const key = JSON.stringify(name);
    const place = this.place(line);
    const slow = this.#resolved(t, `$.index(${this.globals}, ${key}, ${place})`);
    return `((${t} = ${this.globals}.get(${key})) !== undefined ? ${t} : ${slow})`;
  }

  #index(expression: Target & { type: 'index' }): string {
    const { object, key, line } = expression;
    const a = this.operand(object, !isConstant(key));
    const b = this.operand(key);
    const t = this.temporary();
    const slow = this.#resolved(t, `$.index(${a.code}, ${b.code}, ${this.place(line, object)})`);
    const quick = `(${t} = ${a.code} instanceof T ? ${a.code}.get(${b.code}) : undefined)`;
    return `(${a.setup}${b.setup}${this.reached(expression)}${quick} !== undefined ? ${t} : ${slow})`;
  }

  /** The one value of something that may have to call a metamethod. */
  #resolved(t: string, code: string): string {
    return `((${t} = ${code}) instanceof G ? one(yield ${t}) : ${t})`;
  }

  /** `keep`: evaluated at once, even if it is a variable. `behind`: code that follows. */
  protected operand(expression: Expression, keep = false, behind = ''): Operand {
    const isNumber = this.#isNumber(expression);
    const plain = expression.type === 'local' ? !keep : isConstant(expression);
    if (plain) return { setup: behind, code: this.#value(expression), isNumber };
    const t = this.temporary();
    // A variable is used where it is: nothing is loaded.
    const code = expression.type === 'local' ? this.#value(expression) : this.value(expression);
    return { setup: `${t} = ${code}, ${behind}`, code: t, isNumber };
  }

  #isNumber(expression: Expression): boolean {
    switch (expression.type) {
      case 'number':
        return true;
      case 'local':
        return expression.variable.counts && !expression.variable.assigned;
      case 'parentheses':
        return this.#isNumber(expression.inner);
      case 'binary':
        return (
          ARITHMETIC[expression.operator] !== undefined &&
          this.#isNumber(expression.left) &&
          this.#isNumber(expression.right)
        );
      default:
        return false;
    }
  }

  // Calls.

  /** The call itself: a result, or a call under way. */
  protected call(call: Call): string {
    return this.scoped(() => this.#call(call));
  }

  #call({ callee, method, args, line }: Call): string {
    const place = this.place(line, method ?? callee);
    const f = this.temporary();
    const running = this.#environments ? `, $.running = f${this.context.number}` : '';
    const at = `${this.reachedLine(line)}$.at = ${place}${running}`;
    const early = this.steps ? args.length === 0 : args.every((each) => !mayCall(each));
    let target: string;
    const given: string[] = [];
    if (method === undefined) target = `${f} = ${this.value(callee)}`;
    else {
      const self = this.temporary();
      const found = this.temporary();
      const key = JSON.stringify(method);
      const slow = this.#resolved(found, `$.index(${self}, ${key}, ${this.place(line, callee)})`);
      target =
        `${self} = ${this.value(callee)}, ${this.reached(callee)}${found} = ${self} instanceof T ? ${self}.get(${key}) : undefined, ` +
        `${f} = ${found} !== undefined ? ${found} : ${slow}`;
      given.push(self);
    }
    const callable = `typeof ${f} === 'function' ? ${f} : $.callable(${f}, ${place})`;
    for (const [i, arg] of args.entries()) {
      const isLast = i === args.length - 1;
      const spread = isLast && isMultiple(arg);
      const code = spread ? this.list(arg) : this.value(arg);
      const t = isLast && !early ? this.temporary() : undefined;
      const marked = t === undefined ? code : `(${t} = ${code}, ${at}, ${t})`;
      given.push(spread ? `...${marked}` : marked);
    }
    return `(${target}, ${early ? `${at}, ` : ''}${callable})(${given.join(', ')})`;
  }

  #firstOf(call: Call): string {
    const t = this.temporary();
    return `(typeof (${t} = ${this.call(call)}) === 'object' ? one(${t} instanceof G ? yield ${t} : ${t}) : ${t})`;
  }

  /** All values of a call or of `...`, as an array. */
  protected list(expression: Expression): string {
    if (expression.type !== 'call') return this.steps ? `(${this.reached(expression)}va)` : 'va';
    return this.scoped(() => {
      const t = this.temporary();
      return `list((${t} = ${this.call(expression)}) instanceof G ? yield ${t} : ${t})`;
    });
  }

  /** The items of an array literal: the last expression gives all its values. */
  protected items(expressions: readonly Expression[]): string {
    return expressions
      .map((each, i) => {
        const spread = i === expressions.length - 1 && isMultiple(each);
        return spread ? `...${this.list(each)}` : this.value(each);
      })
      .join(', ');
  }

  #table(expression: Expression & { type: 'table' }): string {
    if (!this.steps) return this.#tableOf(expression);
    const { items } = expression;
    const t = this.temporary();
    const stored = items.some(({ key }) => key === undefined) ? this.reached(items) : '';
    return `(${this.reached(expression)}${t} = ${this.#tableOf(expression)}, ${stored}${t})`;
  }

  #tableOf({ items, line }: Expression & { type: 'table' }): string {
    if (items.every(({ key }) => key === undefined)) {
      return `new T([${this.items(items.map(({ value }) => value))}])`;
    }
    // In the order in which they are written; the letters tell which have keys.
    let kinds = '';
    const codes: string[] = [];
    for (const [i, item] of items.entries()) {
      const { key, value } = item;
      if (key !== undefined) codes.push(isConstant(key) ? this.#value(key) : this.value(key));
      const spread = key === undefined && i === items.length - 1 && isMultiple(value);
      const code = spread ? `...${this.list(value)}` : this.value(value);
      codes.push(key === undefined ? code : this.behind(code, item));
      kinds += key === undefined ? 'l' : 'k';
    }
    return `$.table([${codes.join(', ')}], '${kinds}', ${this.place(line)})`;
  }

  /** A value, and then what reaching `node` tells. */
  protected behind(code: string, node: object): string {
    const told = this.reached(node);
    if (told === '') return code;
    const t = this.temporary();
    return `(${t} = ${code}, ${told}${t})`;
  }

  // Operators.

  #unary(expression: Expression & { type: 'unary' }): string {
    const { operator, operand, line } = expression;
    if (operator === 'not') return `!${this.condition(operand)}`;
    const { setup: before, code, isNumber } = this.operand(operand);
    const setup = before + this.reached(expression);
    if (operator === '-' && isNumber) return `(${setup}-${code})`;
    const t = this.temporary();
    const place = this.place(line, operand);
    if (operator === '-') {
      return `(${setup}typeof ${code} === 'number' ? -${code} : ${this.#resolved(t, `$.negate(${code}, ${place})`)})`;
    }
    const slow = this.#resolved(t, `$.lengthOf(${code}, ${place})`);
    return `(${setup}typeof ${code} === 'string' || ${code} instanceof T ? ${code}.length : ${slow})`;
  }

  #binary(expression: Expression & { type: 'binary' }): string {
    const { operator, left, right } = expression;
    if (operator === 'and' || operator === 'or') return this.#logical(operator, left, right);
    if (operator === '..') return this.#concatenation(expression);
    const arithmetic = ARITHMETIC[operator];
    return arithmetic === undefined ? this.#comparison(expression) : this.#arithmetic(expression, arithmetic);
  }

  #logical(operator: 'and' | 'or', left: Expression, right: Expression): string {
    if (isBoolean(left)) {
      const condition = this.behind(this.condition(left), left);
      const other = this.value(right);
      return operator === 'and' ? `(${condition} ? ${other} : false)` : `(${condition} ? true : ${other})`;
    }
    const t = this.temporary();
    const test = `(${t} = ${this.behind(this.value(left), left)}) === undefined || ${t} === false`;
    const other = this.value(right);
    return operator === 'and' ? `(${test} ? ${t} : ${other})` : `(${test} ? ${other} : ${t})`;
  }

  #arithmetic(expression: Expression & { type: 'binary' }, write: (a: string, b: string) => string): string {
    const { operator, left, right, line } = expression;
    const a = this.operand(left);
    const b = this.operand(right, false, this.reached(expression));
    const quick = write(a.code, b.code);
    const tests = [a, b].filter(({ isNumber }) => !isNumber).map(({ code }) => `typeof ${code} === 'number'`);
    if (tests.length === 0) return `(${a.setup}${b.setup}${quick})`;
    const t = this.temporary();
    const places = `${this.place(line, left)}, ${this.place(line, right)}`;
    const slow = this.#resolved(t, `$.arithmetic('${operator}', ${a.code}, ${b.code}, ${places})`);
    return `(${a.setup}${b.setup}${tests.join(' && ')} ? ${quick} : ${slow})`;
  }

  /** `a .. b .. c` as one: evaluated from the left, joined from the right. */
  #concatenation(expression: Expression & { type: 'binary' }): string {
    const operands: Expression[] = [];
    const places: number[] = [];
    let rest: Expression = expression;
    while (rest.type === 'binary' && rest.operator === '..') {
      operands.push(rest.left);
      rest = rest.right;
    }
    operands.push(rest);
    for (const operand of operands) places.push(this.place(expression.line, operand));
    const parts = operands.map((each) => {
      // Lua loads them one by one, be they constants or not.
      const loading = isConstant(each) || each.type === 'local' ? this.reached(each) : '';
      return { ...this.operand(each, false, loading), isString: each.type === 'string' };
    });
    const t = this.temporary();
    const setups = parts.map(({ setup }) => setup).join('') + this.reached(expression);
    const tests = parts.filter(({ isString }) => !isString).map(({ code }) => `typeof ${code} === 'string'`);
    const codes = parts.map(({ code }) => code);
    const slow = this.#resolved(t, `$.concat([${codes.join(', ')}], [${places.join(', ')}])`);
    return `(${setups}${tests.length === 0 ? 'true' : tests.join(' && ')} ? ${codes.join(' + ')} : ${slow})`;
  }

  #comparison(expression: Expression & { type: 'binary' }): string {
    const { operator, left, right, line } = expression;
    const a = this.operand(left);
    const b = this.operand(right, false, this.reached(expression));
    const setup = a.setup + b.setup;
    if (operator === '==' || operator === '~=') {
      const same = `${a.code} === ${b.code}`;
      const negation = operator === '==' ? '' : '!';
      if (isConstant(left) || isConstant(right)) return `(${setup}${negation}(${same}))`;
      const t = this.temporary();
      const slow = this.#decided(t, `$.equal(${a.code}, ${b.code})`);
      const quick = `typeof ${a.code} !== 'object' || typeof ${b.code} !== 'object' ? false : ${slow}`;
      return `(${setup}${negation}(${same} || (${quick})))`;
    }
    const tests = [a, b].filter(({ isNumber }) => !isNumber).map(({ code }) => `typeof ${code} === 'number'`);
    const quick = `${a.code} ${operator} ${b.code}`;
    if (tests.length === 0) return `(${setup}${quick})`;
    const t = this.temporary();
    // a > b is b < a.
    const [small, large] = operator.startsWith('>') ? [b.code, a.code] : [a.code, b.code];
    const method = operator.length === 1 ? 'less' : 'lessOrEqual';
    const slow = this.#decided(t, `$.${method}(${small}, ${large}, ${this.place(line)})`);
    return `(${setup}${tests.join(' && ')} ? ${quick} : ${slow})`;
  }

  /** A metamethod's answer to a comparison. */
  #decided(t: string, code: string): string {
    return `((${t} = ${code}) instanceof G ? one(yield ${t}) : ${t})`;
  }

  /** A JS condition. */
  protected condition(expression: Expression): string {
    return this.scoped(() => this.#condition(expression));
  }

  #condition(expression: Expression): string {
    switch (expression.type) {
      case 'nil':
        return 'false';
      case 'number':
      case 'string':
      case 'function':
        return 'true';
      case 'parentheses':
        return this.condition(expression.inner);
      case 'binary':
        if (expression.operator === 'and' || expression.operator === 'or') {
          const operator = expression.operator === 'and' ? '&&' : '||';
          const left = this.behind(this.condition(expression.left), expression.left);
          return `(${left} ${operator} ${this.condition(expression.right)})`;
        }
    }
    if (isBoolean(expression)) return this.#value(expression);
    const t = this.temporary();
    return `((${t} = ${this.value(expression)}) !== undefined && ${t} !== false)`;
  }
}

function numberCode(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === 0 && 1 / value < 0) return '(-0)';
  return value < 0 ? `(${value})` : String(value);
}

export function isConstant({ type }: Expression): boolean {
  return type === 'nil' || type === 'true' || type === 'false' || type === 'number' || type === 'string';
}

/** Whether evaluating it can call anything. */
function mayCall(expression: Expression): boolean {
  const { type } = expression;
  return !isConstant(expression) && type !== 'local' && type !== 'varargs' && type !== 'function';
}

/** Whether Lua has to load it: the rest is computed. */
function isLoaded(expression: Expression): boolean {
  const { type } = expression;
  return isConstant(expression) || type === 'local' || type === 'global' || type === 'varargs';
}

export function isMultiple({ type }: Expression): boolean {
  return type === 'call' || type === 'varargs';
}

const COMPARISONS = new Set<string>(['==', '~=', '<', '<=', '>', '>=']);

function isBoolean(expression: Expression): boolean {
  if (expression.type === 'true' || expression.type === 'false') return true;
  if (expression.type === 'unary') return expression.operator === 'not';
  return expression.type === 'binary' && COMPARISONS.has(expression.operator);
}

/** From Lua's source to a JavaScript function. */
import type { Binary } from '../bytes.ts';
import { LuaError } from './error.ts';
import { PAUSE } from './execution.ts';
import { ExpressionEmitter, isMultiple } from './expression-emitter.ts';
import { parseChunk } from './parser.ts';
import type { LuaState } from './state.ts';
import type { Expression, FunctionBody, Statement, Target, Variable } from './syntax.ts';
import { LuaTable } from './table.ts';
import { first, GENERATOR_CLASS, type LuaFunction, listOf, NO_VALUES } from './values.ts';

/**
 * Compiles a chunk. `name` is its name as Lua has it: `@file`, `=text`, or the source itself. Throws a LuaError whose
 * value is the message. `environment`: others may give its functions an environment of their own.
 */
export function compile(
  state: LuaState,
  source: Binary,
  name: Binary,
  globals: LuaTable,
  environment = false,
): LuaFunction {
  try {
    return compileWithin(state, source, name, globals, environment);
  } catch (error) {
    // It nests deeper than JavaScript's own compiler, or ours, can follow.
    if (!(error instanceof RangeError)) throw error;
    throw new LuaError(`${shownName(name, MOST_NAME)}:1: chunk has too many syntax levels`, -1);
  }
}

function compileWithin(
  state: LuaState,
  source: Binary,
  name: Binary,
  globals: LuaTable,
  environment: boolean,
): LuaFunction {
  const body = parseChunk(source, shownName(name, MOST_NAME_OF_COMPLAINTS));
  const chunk = shownName(name, MOST_NAME);
  const environments = environment || /[gs]etfenv/.test(source);
  const code = new StatementEmitter(state.places, chunk, body.scope, environments).main(body);
  const make = new Function('$', 'T', 'G', 'P', 'N', 'E', 'one', 'list', `'use strict';\nreturn ${code};`);
  return make(state, LuaTable, GENERATOR_CLASS, PAUSE, NO_VALUES, globals, first, listOf);
}

/** LUA_IDSIZE, and MAXSRC for what the parser says: longer names are cut. */
const MOST_NAME = 60;
const MOST_NAME_OF_COMPLAINTS = 80;

function shownName(name: Binary, limit: number): Binary {
  if (name.startsWith('=')) return name.slice(1, limit);
  if (name.startsWith('@')) {
    const file = name.slice(1);
    const room = limit - ' ... '.length - 1;
    return file.length > room ? `...${file.slice(file.length - room)}` : file;
  }
  const line = /^[^\r\n]*/.exec(name)?.[0] ?? '';
  const room = limit - ' [string "..."] '.length - 1;
  const cut = line.length > room || line.length < name.length;
  return cut ? `[string "${line.slice(0, room)}..."]` : `[string "${line}"]`;
}

/** At every turn of a loop: is it time to stop? */
function fuel(place: number): string {
  return `if (--$.fuel < 0) { $.at = ${place}; yield P; }\n`;
}

class StatementEmitter extends ExpressionEmitter {
  #loops = 0;

  main(body: FunctionBody): string {
    return this.functionCode(body);
  }

  protected override body({ arg, block, scope }: FunctionBody): string {
    const table = scope.usesVarargs ? 'undefined' : '$.argumentTable(va)';
    const declared = arg === undefined ? '' : `let v${arg.id} = ${table};\n`;
    return declared + this.#block(block);
  }

  #block(statements: readonly Statement[]): string {
    return statements.map((statement) => this.scoped(() => this.#statement(statement))).join('');
  }

  #statement(statement: Statement): string {
    switch (statement.type) {
      case 'local':
        return this.#local(statement.variables, statement.values);
      case 'local function': {
        const { variable, body } = statement;
        return `let v${variable.id}; v${variable.id} = ${this.functionCode(body)};\n`;
      }
      case 'assign':
        return this.#assign(statement.targets, statement.values);
      case 'call': {
        const t = this.temporary();
        return `if ((${t} = ${this.call(statement.call)}) instanceof G) yield ${t};\n`;
      }
      case 'do':
        return `{\n${this.#block(statement.block)}}\n`;
      case 'while': {
        const condition = this.condition(statement.condition);
        return `while (${condition}) {\n${fuel(this.place(statement.line))}${this.#block(statement.block)}}\n`;
      }
      case 'repeat': {
        const block = this.#block(statement.block);
        const condition = this.condition(statement.condition);
        return `for (;;) {\n${fuel(this.place(statement.line))}${block}if (${condition}) break;\n}\n`;
      }
      case 'if':
        return this.#if(statement);
      case 'numeric for':
        return this.#numericFor(statement);
      case 'generic for':
        return this.#genericFor(statement);
      case 'return':
        return this.#return(statement.values);
      case 'break':
        return 'break;\n';
    }
  }

  #local(variables: readonly Variable[], values: readonly Expression[]): string {
    const last = values.at(-1);
    if (last !== undefined && values.length < variables.length + 1 && isMultiple(last)) {
      if (values.length < variables.length) {
        const number = this.#loops++;
        const names = variables.map(({ id }, i) => `v${id} = r${number}[${i}]`);
        return `let r${number} = [${this.items(values)}], ${names.join(', ')};\n`;
      }
    }
    const declarations = variables.map(({ id }, i) => {
      const value = values[i];
      return value === undefined ? `let v${id};\n` : `let v${id} = ${this.value(value)};\n`;
    });
    const others = values.slice(variables.length).map((value) => `${this.value(value)};\n`);
    return [...declarations, ...others].join('');
  }

  #assign(targets: readonly Target[], values: readonly Expression[]): string {
    const [target] = targets;
    const [value] = values;
    if (targets.length === 1 && values.length === 1) {
      const { setup, store } = this.#target(target);
      return setup + store(this.value(value));
    }
    const stores = targets.map((each) => this.#target(each));
    const number = this.#loops++;
    const setups = stores.map(({ setup }) => setup).join('');
    const assignments = stores.map(({ store }, i) => store(`r${number}[${i}]`)).reverse();
    return `{\n${setups}const r${number} = [${this.items(values)}];\n${assignments.join('')}}\n`;
  }

  /** What has to be evaluated before the values are, and the statement that then stores one. */
  #target(target: Target): { setup: string; store: (value: string) => string } {
    if (target.type === 'local') {
      return { setup: '', store: (value) => `v${target.variable.id} = ${value};\n` };
    }
    const t = this.temporary();
    if (target.type === 'global') {
      const args = `${this.globals}, ${JSON.stringify(target.name)}`;
      const place = this.place(target.line);
      return {
        setup: '',
        store: (value) => `if ((${t} = $.setIndex(${args}, ${value}, ${place})) instanceof G) yield ${t};\n`,
      };
    }
    const object = this.operand(target.object, true);
    const key = this.operand(target.key, true);
    const place = this.place(target.line, target.object);
    const setup = (object.setup + key.setup).replace(/, $/, ';\n');
    return {
      setup,
      store: (value) =>
        `if ((${t} = $.setIndex(${object.code}, ${key.code}, ${value}, ${place})) instanceof G) yield ${t};\n`,
    };
  }

  #if({ cases, otherwise }: Statement & { type: 'if' }): string {
    let code = '';
    for (const { condition, block } of cases) {
      code += `${code === '' ? '' : ' else '}if (${this.condition(condition)}) {\n${this.#block(block)}}`;
    }
    if (otherwise !== undefined) code += ` else {\n${this.#block(otherwise)}}`;
    return `${code}\n`;
  }

  #numericFor({ variable, range, block, line }: Statement & { type: 'numeric for' }): string {
    const number = this.#loops++;
    const [from, to, step] = range;
    const place = this.place(line);
    const bound = (expression: Expression, what: string): string => {
      const code = this.value(expression);
      return expression.type === 'number' ? code : `$.loopBound(${code}, '${what}', ${place})`;
    };
    const stepCode = step === undefined ? '1' : this.value(step);
    const names = `i${number} = ${bound(from, 'initial value')}, l${number} = ${bound(to, 'limit')}`;
    const fixed = step === undefined || step.type === 'number';
    const by = fixed ? stepCode : `s${number}`;
    const declared = fixed ? '' : `, s${number} = $.loopBound(${stepCode}, 'step', ${place})`;
    const up = `i${number} <= l${number}`;
    const down = `i${number} >= l${number}`;
    const sign = step?.type === 'number' ? step.value : 1;
    const test = fixed ? (sign > 0 ? up : down) : `${by} > 0 ? ${up} : ${down}`;
    return (
      `for (let ${names}${declared}; ${test}; i${number} += ${by}) {\n${fuel(place)}` +
      `let v${variable.id} = i${number};\n${this.#block(block)}}\n`
    );
  }

  #genericFor({ variables, values, block, line }: Statement & { type: 'generic for' }): string {
    const number = this.#loops++;
    const place = this.place(line);
    const [f, s, c, r] = ['f', 's', 'c', 'r'].map((letter) => `${letter}${number}_`);
    const control = `v${variables[0].id}`;
    const taken = variables.map(({ id }, i) => `v${id} = ${r}[${i}];`).join(' ');
    return (
      `{\nlet [${f}, ${s}, ${c}] = [${this.items(values)}];\n` +
      `if (typeof ${f} !== 'function') ${f} = $.callable(${f}, ${place});\n` +
      `for (;;) {\n${fuel(place)}$.at = ${place};\nlet ${r} = ${f}(${s}, ${c});\n` +
      `if (${r} instanceof G) ${r} = yield ${r};\n` +
      `let ${variables.map(({ id }) => `v${id}`).join(', ')};\n` +
      `if (Array.isArray(${r})) { ${taken} } else ${control} = ${r};\n` +
      `if (${control} === undefined) break;\n${c} = ${control};\n${this.#block(block)}}\n}\n`
    );
  }

  #return(values: readonly Expression[]): string {
    const [value] = values;
    if (value === undefined) return 'return N;\n';
    if (values.length > 1) return `return [${this.items(values)}];\n`;
    if (value.type === 'varargs') return 'return va;\n';
    // A call under way takes the place of this one: it leaves nothing behind, however deep it goes.
    if (value.type === 'call') return `return ${this.call(value)};\n`;
    return `return ${this.value(value)};\n`;
  }
}

/** Statements as JavaScript: what the generated code relies on stands in `expression-emitter.ts`. */
import { ExpressionEmitter, isConstant, isMultiple } from './expression-emitter.ts';
import type { Expression, FunctionBody, Statement, Target, Variable } from './syntax.ts';

/** At every turn of a loop: is it time to stop? */
function fuel(place: number): string {
  return `if (--$.fuel < 0) { $.at = ${place}; yield P; }\n`;
}

export class StatementEmitter extends ExpressionEmitter {
  #loops = 0;

  main(body: FunctionBody): string {
    return this.functionCode(body);
  }

  protected override body({ parameters, arg, block, scope }: FunctionBody): string {
    const table = scope.usesVarargs ? 'undefined' : '$.argumentTable(va)';
    const declared = arg === undefined ? '' : `let v${arg.id} = ${table};\n`;
    const code = this.withinBlock(() => {
      this.addLocals([...parameters, ...(arg === undefined ? [] : [arg])].map(named));
      return this.block(block);
    });
    return declared + code + this.telling(block);
  }

  /** For a debugger: these are local variables from here on, to the end of the block. */
  protected addLocals(_variables: readonly Local[]): void {}

  /** `open`: its variables are still seen behind it. */
  protected block(statements: readonly Statement[], open = false): string {
    const write = () => statements.map((statement) => this.scoped(() => this.#statement(statement))).join('');
    return open ? write() : this.withinBlock(write);
  }

  /** What is declared meanwhile is not seen behind it. */
  protected withinBlock<T>(write: () => T): T {
    return write();
  }

  /** `reached` as a statement. */
  protected telling(node: object): string {
    const told = this.reached(node);
    return told === '' ? '' : `${told}0;\n`;
  }

  /** For a debugger: whatever comes next is told, were it on the same line. */
  protected goingBack(): string {
    return '';
  }

  #statement(statement: Statement): string {
    switch (statement.type) {
      case 'local':
        return this.#local(statement);
      case 'local function': {
        const { variable, body } = statement;
        const code = `${this.telling(body.block)}v${variable.id} = ${this.functionCode(body)};\n`;
        this.addLocals([named(variable)]);
        return `let v${variable.id}; ${code}`;
      }
      case 'assign':
        return this.#assign(statement);
      case 'call': {
        const t = this.temporary();
        return `if ((${t} = ${this.call(statement.call)}) instanceof G) yield ${t};\n`;
      }
      case 'do':
        return `{\n${this.block(statement.block)}}\n`;
      case 'while': {
        const condition = this.tested(statement.condition);
        const { block, line } = statement;
        const end = this.telling(block) + this.goingBack();
        return `while (${condition}) {\n${fuel(this.place(line))}${this.block(block)}${end}}\n`;
      }
      case 'repeat':
        return this.#repeat(statement.block, statement.condition, statement.line);
      case 'if':
        return this.#if(statement);
      case 'numeric for':
        return this.#numericFor(statement);
      case 'generic for':
        return this.#genericFor(statement);
      case 'return':
        return this.#return(statement);
      case 'break':
        return `${this.telling(statement)}break;\n`;
    }
  }

  /** The condition of a statement. */
  protected tested(condition: Expression): string {
    if (isConstant(condition)) return this.condition(condition);
    return this.scoped(() => this.behind(this.condition(condition), condition));
  }

  #local(statement: Statement & { type: 'local' }): string {
    const { variables, values } = statement;
    const told = values.length === 0 ? this.telling(statement) : '';
    const code = told + this.#declarations(variables, values);
    this.addLocals(variables.map(named));
    return code;
  }

  #declarations(variables: readonly Variable[], values: readonly Expression[]): string {
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

  #assign(statement: Statement & { type: 'assign' }): string {
    const { targets, values } = statement;
    const [target] = targets;
    const [value] = values;
    if (targets.length === 1 && values.length === 1) {
      const { setup, store } = this.#target(target);
      const code = this.value(value);
      return setup + store(target.type === 'local' ? code : this.behind(code, statement));
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
    for (const [i, { condition, block }] of cases.entries()) {
      const isLast = i === cases.length - 1 && otherwise === undefined;
      const end = isLast ? '' : this.telling(block);
      code += `${code === '' ? '' : ' else '}if (${this.tested(condition)}) {\n${this.block(block)}${end}}`;
    }
    if (otherwise !== undefined) code += ` else {\n${this.block(otherwise)}}`;
    return `${code}\n`;
  }

  #repeat(block: readonly Statement[], condition: Expression, line: number): string {
    const [code, test] = this.withinBlock(() => [this.block(block, true), this.tested(condition)]);
    const back = this.goingBack();
    return `for (;;) {\n${fuel(this.place(line))}${code}if (${test}) break;\n${back}}\n`;
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
    const fixed = step === undefined || (step.type === 'number' && !this.steps);
    const by = fixed ? stepCode : `s${number}`;
    const declared = fixed ? '' : `, s${number} = $.loopBound(${stepCode}, 'step', ${place})`;
    const up = `i${number} <= l${number}`;
    const down = `i${number} >= l${number}`;
    const sign = step?.type === 'number' ? step.value : 1;
    const test = fixed ? (sign > 0 ? up : down) : `${by} > 0 ? ${up} : ${down}`;
    const control = (index: string): Local[] => [
      { name: '(for index)', code: index },
      { name: '(for limit)', code: `l${number}` },
      { name: '(for step)', code: by },
    ];
    // The loop is entered by its end, one step before the first, where Lua looks whether to go on.
    const prepared = this.withinBlock(() => {
      this.addLocals(control(`i${number}`));
      return this.reached(variable);
    });
    const entered = this.withinBlock(() => {
      this.addLocals(control(`i${number} - ${by}`));
      return this.reachedLine(line);
    });
    const begun = prepared === '' ? '' : `, p${number} = (${prepared}${entered}0)`;
    const [body, end] = this.withinBlock(() => {
      this.addLocals(control(`i${number}`));
      const told = this.reachedLine(line);
      const inner = this.withinBlock(() => {
        this.addLocals([named(variable)]);
        return this.block(block);
      });
      return [inner, told === '' ? '' : `${told}0;\n`];
    });
    return (
      `for (let ${names}${declared}${begun}; ${test}; i${number} += ${by}) {\n${fuel(place)}${this.goingBack()}` +
      `let v${variable.id} = i${number};\n${body}${end}}\n`
    );
  }

  #genericFor({ variables, values, block, line }: Statement & { type: 'generic for' }): string {
    const number = this.#loops++;
    const place = this.place(line);
    const [f, s, c, r] = ['f', 's', 'c', 'r'].map((letter) => `${letter}${number}_`);
    const control = `v${variables[0].id}`;
    const taken = variables.map(({ id }, i) => `v${id} = ${r}[${i}];`).join(' ');
    const items = this.items(values);
    const [begun, told, back, body] = this.withinBlock(() => {
      this.addLocals([
        { name: '(for generator)', code: f },
        { name: '(for state)', code: s },
        { name: '(for control)', code: c },
      ]);
      const begun = this.telling(variables[0]);
      const reached = this.reachedLine(line);
      this.addLocals(variables.map(named));
      return [begun, reached === '' ? '' : `${reached}0;\n`, this.goingBack(), this.block(block)];
    });
    return (
      `{\nlet [${f}, ${s}, ${c}] = [${items}];\n${begun}` +
      `if (typeof ${f} !== 'function') ${f} = $.callable(${f}, ${place});\n` +
      `for (;;) {\n${fuel(place)}${told}$.at = ${place};\nlet ${r} = ${f}(${s}, ${c});\n` +
      `if (${r} instanceof G) ${r} = yield ${r};\n` +
      `let ${variables.map(({ id }) => `v${id}`).join(', ')};\n` +
      `if (Array.isArray(${r})) { ${taken} } else ${control} = ${r};\n` +
      `if (${control} === undefined) break;\n${c} = ${control};\n${back}${body}}\n}\n`
    );
  }

  #return(statement: Statement & { type: 'return' }): string {
    const { values } = statement;
    const [value] = values;
    if (value === undefined) return `${this.telling(statement)}return N;\n`;
    if (values.length > 1) return `return ${this.behind(`[${this.items(values)}]`, statement)};\n`;
    if (value.type === 'varargs') return `${this.telling(statement)}return va;\n`;
    // A call under way takes the place of this one: it leaves nothing behind, however deep it goes.
    if (value.type === 'call') return `return ${this.call(value)};\n`;
    return `return ${this.behind(this.value(value), statement)};\n`;
  }
}

/** A local variable as Lua's debugger knows it, and the JavaScript that gives its value. */
export interface Local {
  readonly name: string;
  readonly code: string;
}

function named({ name, id }: Variable): Local {
  return { name, code: `v${id}` };
}

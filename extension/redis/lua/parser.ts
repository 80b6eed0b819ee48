/** Lua 5.1's grammar: statements here, expressions in `expression-parser.ts`. */
import type { Binary } from '../bytes.ts';
import { ExpressionParser } from './expression-parser.ts';
import { END } from './lexer.ts';
import type { Expression, FunctionBody, Lines, Statement, Target, Variable } from './syntax.ts';

/** The chunk as the body of a function that takes any arguments. Throws a LuaError that says what is wrong. */
export function parseChunk(text: Binary, chunk: string, lines?: Lines): FunctionBody {
  return new Parser(text, chunk, lines).chunk();
}

const BLOCK_ENDS = new Set(['else', 'elseif', 'end', 'until', END]);

class Parser extends ExpressionParser {
  chunk(): FunctionBody {
    const scope = this.openFunction(0, true);
    const block = this.block();
    if (this.token.type !== END) this.expected(END);
    this.mark(block);
    return { scope, parameters: [], arg: undefined, block };
  }

  protected override block(): Statement[] {
    const statements: Statement[] = [];
    const { scope } = this;
    const outer = scope.active.length;
    this.enter();
    while (!BLOCK_ENDS.has(this.token.type)) {
      const statement = this.#statement();
      statements.push(statement);
      this.accept(';');
      if (statement.type === 'return' || statement.type === 'break') break;
    }
    this.leave();
    scope.active.length = outer;
    this.mark(statements);
    return statements;
  }

  #statement(): Statement {
    const statement = this.#anyStatement();
    this.mark(statement);
    return statement;
  }

  #anyStatement(): Statement {
    const { type, line } = this.token;
    switch (type) {
      case 'if':
        return this.#if(line);
      case 'while':
        return this.#while(line);
      case 'do': {
        this.advance();
        const block = this.block();
        this.close('end', 'do', line);
        return { type: 'do', block };
      }
      case 'for':
        return this.#for(line);
      case 'repeat':
        return this.#repeat(line);
      case 'function':
        return this.#function(line);
      case 'local':
        this.advance();
        return this.accept('function') ? this.#localFunction(line) : this.#local();
      case 'return':
        return this.#return();
      case 'break':
        this.advance();
        if (this.scope.loops === 0) this.failNear('no loop to break');
        return { type: 'break' };
      default:
        return this.#expressionStatement();
    }
  }

  #if(line: number): Statement {
    const cases: { condition: Expression; block: Statement[] }[] = [];
    let otherwise: Statement[] | undefined;
    do {
      this.advance();
      const condition = this.expression();
      this.expect('then');
      cases.push({ condition, block: this.block() });
    } while (this.token.type === 'elseif');
    if (this.accept('else')) otherwise = this.block();
    this.close('end', 'if', line);
    return { type: 'if', cases, otherwise };
  }

  #while(line: number): Statement {
    this.advance();
    const condition = this.expression();
    this.expect('do');
    const block = this.#loopBlock();
    this.close('end', 'while', line);
    return { type: 'while', condition, block, line };
  }

  #loopBlock(): Statement[] {
    this.scope.loops++;
    const block = this.block();
    this.scope.loops--;
    return block;
  }

  /** The condition sees what the block declares. */
  #repeat(line: number): Statement {
    this.advance();
    const { scope } = this;
    const outer = scope.active.length;
    scope.loops++;
    const block: Statement[] = [];
    this.enter();
    while (!BLOCK_ENDS.has(this.token.type)) {
      const statement = this.#statement();
      block.push(statement);
      this.accept(';');
      if (statement.type === 'return' || statement.type === 'break') break;
    }
    this.leave();
    scope.loops--;
    this.close('until', 'repeat', line);
    const condition = this.expression();
    scope.active.length = outer;
    return { type: 'repeat', condition, block, line };
  }

  #for(line: number): Statement {
    this.advance();
    const name = this.name();
    const { type } = this.token;
    if (type === '=') return this.#numericFor(line, name);
    if (type === ',' || type === 'in') return this.#genericFor(line, name);
    return this.failNear("'=' or 'in' expected");
  }

  #numericFor(line: number, name: Binary): Statement {
    this.advance();
    const from = this.expression();
    this.expect(',');
    const to = this.expression();
    const step = this.accept(',') ? this.expression() : undefined;
    const { variables, block } = this.#forBody(line, [name]);
    const [variable] = variables;
    variable.counts = true;
    return { type: 'numeric for', variable, range: [from, to, step], block, line };
  }

  #genericFor(line: number, name: Binary): Statement {
    const names = [name];
    while (this.accept(',')) names.push(this.name());
    this.expect('in');
    // Where Lua says that the iterator is called.
    const called = this.token.line;
    const values = this.expressions();
    return { type: 'generic for', values, line: called, ...this.#forBody(line, names) };
  }

  #forBody(line: number, names: readonly Binary[]): { variables: Variable[]; block: Statement[] } {
    this.expect('do');
    const { scope } = this;
    const outer = scope.active.length;
    const variables = names.map((each) => this.newVariable(each));
    this.mark(variables[0]);
    const block = this.#loopBlock();
    scope.active.length = outer;
    this.close('end', 'for', line);
    return { variables, block };
  }

  #function(line: number): Statement {
    this.advance();
    let target: Target = this.resolve(this.name(), line);
    let isMethod = false;
    while (this.token.type === '.' || this.token.type === ':') {
      isMethod = this.token.type === ':';
      this.advance();
      const key: Expression = { type: 'string', value: this.name() };
      target = { type: 'index', object: target, key, line };
      if (isMethod) break;
    }
    if (target.type === 'local') target.variable.assigned = true;
    const body = this.functionBody(isMethod, line);
    const statement: Statement = { type: 'assign', targets: [target], values: [{ type: 'function', body }] };
    // It is stored where it begins.
    this.mark(statement, line);
    return statement;
  }

  #localFunction(line: number): Statement {
    const variable = this.newVariable(this.name());
    return { type: 'local function', variable, body: this.functionBody(false, line) };
  }

  #local(): Statement {
    const names = [this.name()];
    while (this.accept(',')) names.push(this.name());
    const values = this.accept('=') ? this.expressions() : [];
    // Visible from the next statement on.
    return { type: 'local', variables: names.map((name) => this.newVariable(name)), values };
  }

  #return(): Statement {
    this.advance();
    const ends = BLOCK_ENDS.has(this.token.type) || this.token.type === ';';
    return { type: 'return', values: ends ? [] : this.expressions() };
  }

  #expressionStatement(): Statement {
    const expression = this.suffixed();
    if (expression.type === 'call') return { type: 'call', call: expression };
    const targets = [this.#target(expression)];
    while (this.accept(',')) {
      targets.push(this.#target(this.suffixed()));
      // LUAI_MAXCCALLS, for which each target counts.
      if (targets.length > 200) this.fail('chunk has too many syntax levels');
    }
    this.expect('=');
    return { type: 'assign', targets, values: this.expressions() };
  }

  #target(expression: Expression): Target {
    if (expression.type !== 'local' && expression.type !== 'global' && expression.type !== 'index') {
      return this.failNear('syntax error');
    }
    if (expression.type === 'local') expression.variable.assigned = true;
    return expression;
  }
}

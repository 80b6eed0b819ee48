/** A chunk as a tree, its names resolved. Lines are those that run-time errors tell. */
import type { Binary } from '../bytes.ts';

/**
 * For a debugger: the line that Lua 5.1's compiler gives to the code of a part of the tree, which is that of the last
 * token it has read by then. An expression: where it is loaded or computed; a table: where it is made, its items: where
 * they are stored; a block: where it ends.
 */
export type Lines = Map<object, number>;

export interface Variable {
  readonly name: Binary;
  /** Unique in its chunk. */
  readonly id: number;
  readonly owner: FunctionScope;
  /** Set by an assignment behind its declaration. */
  assigned: boolean;
  /** The variable of a numeric loop: a number, as long as nobody assigns to it. */
  counts: boolean;
}

/** One function while it is parsed. */
export interface FunctionScope {
  readonly parent: FunctionScope | undefined;
  readonly line: number;
  readonly isVararg: boolean;
  usesVarargs: boolean;
  active: Variable[];
  readonly upvalues: Set<Variable>;
  loops: number;
}

export interface FunctionBody {
  readonly scope: FunctionScope;
  readonly parameters: readonly Variable[];
  /** Lua 5.0's table of further arguments, if the function takes such; nil when it says `...`. */
  readonly arg: Variable | undefined;
  readonly block: readonly Statement[];
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '..'
  | '=='
  | '~='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or';

export type Expression =
  | { readonly type: 'nil' | 'true' | 'false' | 'varargs' }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly value: Binary }
  | { readonly type: 'function'; readonly body: FunctionBody }
  | { readonly type: 'parentheses'; readonly inner: Expression }
  | { readonly type: 'table'; readonly items: readonly Item[]; readonly line: number }
  | {
      readonly type: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly line: number;
    }
  | {
      readonly type: 'unary';
      readonly operator: '-' | 'not' | '#';
      readonly operand: Expression;
      readonly line: number;
    }
  | Call
  | Target;

/** A constructor's item: with a key, or the next of the list. */
export interface Item {
  readonly key: Expression | undefined;
  readonly value: Expression;
}

/** What can be assigned to. */
export type Target =
  | { readonly type: 'local'; readonly variable: Variable; readonly scope: FunctionScope }
  | { readonly type: 'global'; readonly name: Binary; readonly line: number }
  | { readonly type: 'index'; readonly object: Expression; readonly key: Expression; readonly line: number };

export interface Call {
  readonly type: 'call';
  /** For `object:method(…)` the object. */
  readonly callee: Expression;
  readonly method: Binary | undefined;
  readonly args: readonly Expression[];
  readonly line: number;
}

export type Statement =
  | {
      readonly type: 'local';
      readonly variables: readonly Variable[];
      readonly values: readonly Expression[];
    }
  | { readonly type: 'local function'; readonly variable: Variable; readonly body: FunctionBody }
  | { readonly type: 'assign'; readonly targets: readonly Target[]; readonly values: readonly Expression[] }
  | { readonly type: 'call'; readonly call: Call }
  | { readonly type: 'do'; readonly block: readonly Statement[] }
  | {
      readonly type: 'while' | 'repeat';
      readonly condition: Expression;
      readonly block: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly type: 'if';
      readonly cases: readonly { readonly condition: Expression; readonly block: readonly Statement[] }[];
      readonly otherwise: readonly Statement[] | undefined;
    }
  | {
      readonly type: 'numeric for';
      readonly variable: Variable;
      readonly range: readonly [from: Expression, to: Expression, step: Expression | undefined];
      readonly block: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly type: 'generic for';
      readonly variables: readonly Variable[];
      readonly values: readonly Expression[];
      readonly block: readonly Statement[];
      readonly line: number;
    }
  | { readonly type: 'return'; readonly values: readonly Expression[] }
  | { readonly type: 'break' };

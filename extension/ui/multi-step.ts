/** Questions one after the other in the quick input, with a way back. */
import * as vscode from 'vscode';

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

interface Common {
  /** Asked only if so, as things stand when it is its turn. */
  readonly when?: () => boolean;
}

interface TextStep extends Common {
  readonly prompt: () => string;
  readonly value: () => string;
  readonly placeholder?: string;
  readonly password?: boolean;
  /** What is wrong with it; undefined when nothing is. */
  readonly problem: (text: string) => string | undefined;
  readonly take: (text: string) => void;
}

interface PickStep<T> extends Common {
  readonly placeholder: () => string;
  readonly choices: () => readonly Choice<T>[];
  /** Several, or none. */
  readonly many?: boolean;
  readonly take: (values: readonly T[]) => void;
}

/** A question ready to be asked. */
export interface Step extends Common {
  readonly ask: (place: Place) => Promise<Answer>;
}

type Answer = 'next' | 'back' | 'left';

/** Where in the questions we are, for the title bar. */
interface Place {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}

/** True when all were answered, false when somebody left on the way. */
export async function askAll(title: string, steps: readonly Step[]): Promise<boolean> {
  const asked: number[] = [];
  for (let at = 0; at < steps.length; ) {
    const step = steps[at];
    if (step === undefined || step.when?.() === false) {
      at++;
      continue;
    }
    const ahead = steps.slice(at).filter(({ when }) => when?.() !== false).length;
    const answer = await step.ask({ title, step: asked.length + 1, totalSteps: asked.length + ahead });
    if (answer === 'left') return false;
    if (answer === 'back') at = asked.pop() ?? 0;
    else {
      asked.push(at);
      at++;
    }
  }
  return true;
}

export function text(step: TextStep): Step {
  return { ...(step.when && { when: step.when }), ask: (place) => askText(step, place) };
}

export function pick<T>(step: PickStep<T>): Step {
  return { ...(step.when && { when: step.when }), ask: (place) => askPick(step, place) };
}

function askText(step: TextStep, place: Place): Promise<Answer> {
  const box = vscode.window.createInputBox();
  box.prompt = step.prompt();
  box.value = step.value();
  box.password = step.password === true;
  if (step.placeholder !== undefined) box.placeholder = step.placeholder;
  // Nothing is called wrong before it was typed.
  box.onDidChangeValue((value) => {
    box.validationMessage = step.problem(value.trim());
  });
  const accept = (): boolean => {
    const problem = step.problem(box.value.trim());
    box.validationMessage = problem;
    if (problem === undefined) step.take(step.password ? box.value : box.value.trim());
    return problem === undefined;
  };
  return show(box, place, accept);
}

function askPick<T>(step: PickStep<T>, place: Place): Promise<Answer> {
  const box = vscode.window.createQuickPick<Choice<T>>();
  box.placeholder = step.placeholder();
  box.canSelectMany = step.many === true;
  box.matchOnDescription = true;
  box.items = step.choices();
  if (box.canSelectMany) box.selectedItems = box.items.filter(({ picked }) => picked);
  const accept = (): boolean => {
    const chosen = box.selectedItems;
    if (chosen.length === 0 && !box.canSelectMany) return false;
    step.take(chosen.map(({ value }) => value));
    return true;
  };
  return show(box, place, accept);
}

function show(
  box: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  { title, step, totalSteps }: Place,
  accept: () => boolean,
): Promise<Answer> {
  box.title = title;
  box.step = step;
  box.totalSteps = totalSteps;
  // One looks elsewhere for an address or an id.
  box.ignoreFocusOut = true;
  box.buttons = step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      resolve(answer);
      box.dispose();
    };
    box.onDidAccept(() => {
      if (accept()) end('next');
    });
    box.onDidTriggerButton(() => end('back'));
    box.onDidHide(() => end('left'));
    box.show();
  });
}

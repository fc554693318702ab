/**
 * @file Functions that are called whenever a module computes, with what goes in and out and with the gradients of both. It knows
 * no modules: the owner is whatever object the functions are to be told about.
 */
import { onGradient, Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';

/** Gets the module and its input before it computes; a tensor that it returns is the input in its stead. */
export type ForwardPreHook<Owner> =
  | ((module: Owner, input: Tensor) => void)
  | ((module: Owner, input: Tensor) => Tensor | undefined);

/** Gets the module, its input and its result; a tensor that it returns is the result in its stead. */
export type ForwardHook<Owner> =
  | ((module: Owner, input: Tensor, output: Tensor) => void)
  | ((module: Owner, input: Tensor, output: Tensor) => Tensor | undefined);

/** Gets the module and the gradient of its result; a tensor that it returns goes on in its stead. */
export type BackwardPreHook<Owner> =
  | ((module: Owner, gradOutput: Tensor) => void)
  | ((module: Owner, gradOutput: Tensor) => Tensor | undefined);

/**
 * Gets the module and the gradients of its input and of its result; a tensor that it returns goes on as the input's. The
 * result's is null where a gradient of a gradient reaches the input by another way than the result.
 */
export type BackwardHook<Owner> =
  | ((module: Owner, gradInput: Tensor, gradOutput: Tensor | null) => void)
  | ((module: Owner, gradInput: Tensor, gradOutput: Tensor | null) => Tensor | undefined);

/** All of them, by the moment at which they are called. */
interface HooksByMoment<Owner> {
  forwardPre: ForwardPreHook<Owner>;
  forward: ForwardHook<Owner>;
  fullBackwardPre: BackwardPreHook<Owner>;
  fullBackward: BackwardHook<Owner>;
}

export type Moment = keyof HooksByMoment<unknown>;
export type HookAt<Owner, At extends Moment> = HooksByMoment<Owner>[At];

function isFloat(x: unknown): x is Tensor {
  return x instanceof Tensor && (x.dtype === 'f32' || x.dtype === 'f64');
}

/** The hooks of one owner. */
export class Hooks<Owner extends object> {
  readonly #owner: Owner;
  readonly #byMoment: { readonly [At in Moment]: Map<symbol, HookAt<Owner, At>> } = {
    forwardPre: new Map(),
    forward: new Map(),
    fullBackwardPre: new Map(),
    fullBackward: new Map(),
  };

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return Object.values(this.#byMoment).every(({ size }) => size === 0);
  }

  /** @returns a function that removes the hook */
  add<At extends Moment>(at: At, hook: HookAt<Owner, At>): () => void {
    check(
      typeof hook === 'function',
      this.#owner.constructor.name,
      () => `a hook is a function, not ${describe(hook)}`,
    );
    const key = Symbol(at);
    this.#byMoment[at].set(key, hook);
    return () => {
      this.#byMoment[at].delete(key);
    };
  }

  /**
   * From a tensor to what the hooks of a moment make of it, one after the other: those that are there now, unless they have
   * been removed when it comes to it.
   */
  #chain(at: Moment): (x: Tensor, ...context: readonly unknown[]) => Tensor {
    // As each moment is called below, with the arguments that its hooks' type says.
    const present = this.#byMoment[at] as Map<symbol, (module: Owner, ...values: unknown[]) => unknown>;
    const hooks = [...present];
    return (x, ...context) => {
      let value = x;
      for (const [key, hook] of hooks) {
        if (!present.has(key)) continue;
        const values = at === 'forward' ? [...context, value] : [value, ...context];
        const result = hook(this.#owner, ...values);
        if (result === undefined) continue;
        check(
          result instanceof Tensor,
          this.#owner.constructor.name,
          () => `a hook returns a tensor or nothing, not ${describe(result)}`,
        );
        value = result;
      }
      return value;
    };
  }

  /** Computes with all hooks called: those on gradients whenever a gradient passes later. */
  run(compute: (input: Tensor) => Tensor, given: Tensor): Tensor {
    const looksAtInput = this.#byMoment.fullBackward.size > 0;
    const looksAtOutput = looksAtInput || this.#byMoment.fullBackwardPre.size > 0;
    const [before, after] = [this.#chain('fullBackwardPre'), this.#chain('fullBackward')];
    let gradOutput: Tensor | null = null;
    const replaced = this.#chain('forwardPre')(given);
    const input =
      looksAtInput && isFloat(replaced)
        ? onGradient(replaced, (gradInput) => {
            const passedOn = after(gradInput, gradOutput);
            gradOutput = null;
            return passedOn;
          })
        : replaced;
    const output = this.#chain('forward')(compute(input), input);
    if (!looksAtOutput || !isFloat(output)) return output;
    return onGradient(output, (gradient) => {
      gradOutput = before(gradient);
      return gradOutput;
    });
  }
}

/**
 * @file What the loss of the network of section 4.1 looks like from where training has come to, again and again while it learns.
 * It knows nothing of claims and figures.
 */
import { Generator as RandomGenerator, type Tensor } from '@windfall/core';
import {
  copyParameters,
  inDoubles,
  learningRate,
  makeProbe,
  trainDigitNetwork,
} from '../watched-training.ts';
import type { DigitNetwork } from '../digit-network.ts';
import { evenSteps } from '../look-steps.ts';
import { LossSurface } from '../loss-surface.ts';
import type { Batch, Digits } from '../digits.ts';

/** How often a network is looked at, after the first time. */
export const looks = 20;

/** α: up to twice the step that is taken. */
export const stepSizes = Array.from({ length: 8 }, (_, k) => ((k + 1) / 4) * learningRate);

/** When power iteration ends. */
export const convergence = { tolerance: 1e-3, mostIterations: 300 };

/** What is seen at one moment, with g = ∇L(θ). */
export interface View {
  /** L(θ) */
  readonly loss: number;
  /** The least and the largest of L(θ) and all L(θ − αg). */
  readonly lowestLoss: number;
  readonly highestLoss: number;
  /** The least and the largest ‖∇L(θ − αg) − g‖, and that for the step which training takes. */
  readonly leastChange: number;
  readonly largestChange: number;
  readonly changeByStep: number;
  /** The same for the step that training takes, relative to ‖g‖. */
  readonly relativeChange: number;
  /** The largest ‖∇L(θ − αg) − g‖/‖αg‖ */
  readonly smoothness: number;
  /** |λ|, the largest of the Hessian. */
  readonly curvature: number;
  /** |λ|·‖W‖², where W are the weights of the hidden layers. */
  readonly scaledCurvature: number;
  /** Of the power iteration. */
  readonly residual: number;
  readonly iterations: number;
}

/** A view after so many steps; null where a number is not finite. */
export type Moment = { readonly step: number } & { readonly [Name in keyof View]: number | null };

export interface Landscape {
  readonly normalize: boolean;
  readonly moments: readonly Moment[];
}

const squaredNorm = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, tensor) => sum + tensor.square().sum().item(), 0);

function viewFrom(surface: LossSurface, weights: readonly Tensor[], batch: Batch, seed: number): View {
  const { loss, gradientNorm, looks: along } = surface.descend(batch, stepSizes);
  const { value, residual, iterations } = surface.topEigenvalue(batch, {
    ...convergence,
    generator: new RandomGenerator(seed),
  });
  const losses = [loss, ...along.map((look) => look.loss)];
  const changes = along.map(({ gradientChange }) => gradientChange);
  const changeByStep = changes[stepSizes.indexOf(learningRate)]!;
  const rates = along.map(({ stepSize, gradientChange }) => gradientChange / (stepSize * gradientNorm));
  return {
    ...{ loss, lowestLoss: Math.min(...losses), highestLoss: Math.max(...losses) },
    ...{ leastChange: Math.min(...changes), largestChange: Math.max(...changes), changeByStep },
    ...{ relativeChange: changeByStep / gradientNorm, smoothness: Math.max(...rates) },
    ...{ curvature: Math.abs(value), scaledCurvature: Math.abs(value) * squaredNorm(weights) },
    ...{ residual, iterations },
  };
}

/** What looks: a network for the parameters to be copied to, and its loss. Any number of trials can use it, one by one. */
export interface Viewpoint {
  readonly normalize: boolean;
  readonly probe: DigitNetwork;
  readonly surface: LossSurface;
}

export function makeViewpoint(normalize: boolean): Viewpoint {
  const probe = makeProbe({ normalize });
  return { normalize, probe, surface: new LossSurface(probe) };
}

/** Trains one network and looks around on the way. */
export function* watchLandscape(
  training: Digits,
  { normalize, probe, surface }: Viewpoint,
  { seed, steps }: { seed: number; steps: number },
): Generator<string | undefined, Landscape, void> {
  const weights = probe.hidden.parameters().filter(({ rank }) => rank === 2);
  const moments = yield* trainDigitNetwork(
    training,
    { seed, normalize, lookAt: [0, ...evenSteps(steps, looks)] },
    (step, network, batch): Moment => {
      copyParameters(network, probe);
      const view = viewFrom(surface, weights, inDoubles(batch), step);
      const finite = Object.entries(view).map(([name, value]: [string, number]) => [
        name,
        Number.isFinite(value) ? value : null,
      ]);
      return { step, ...(Object.fromEntries(finite) as Omit<Moment, 'step'>) };
    },
  );
  return { normalize, moments };
}

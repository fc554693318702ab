/**
 * @file How the distributions inside the network of section 4.1 move while it learns. It knows nothing of claims and figures.
 */
import { BatchNorm, Linear, type Module } from '@windfall/nn';
import { CovariateShiftMeter, type LayerParameters, type Shift } from '../internal-covariate-shift.ts';
import { DigitDataset, firstDigits } from '../digits.ts';
import { evenSteps } from '../look-steps.ts';
import {
  type Drift,
  driftBetween,
  sigmoidInputs,
  type UnitDistribution,
  unitDistributions,
} from '../sigmoid-inputs.ts';
import {
  copyParameters,
  inDoubles,
  learningRate,
  makeProbe,
  trainDigitNetwork,
} from '../watched-training.ts';
import type { DigitSets } from './experiment.ts';

/** How often a network is looked at, after the first time. */
export const looks = 20;

/** The test digits whose activations are looked at. */
export const watchedDigits = 1000;

/** Null where a number is not finite. */
type Finite<Numbers> = { readonly [Name in keyof Numbers]: number | null };

/** What is seen after so many steps. */
export interface ShiftMoment {
  readonly step: number;
  /** Of each hidden layer, the percentiles of its sigmoids' inputs, on average over its units. */
  readonly percentiles: readonly (readonly (number | null)[])[];
  /** Of each hidden layer, since the moment before; null at first. */
  readonly drift: readonly Finite<Drift>[] | null;
  /** Of each layer but the first, in the step that follows. */
  readonly shift: readonly Finite<Shift>[];
}

export interface ShiftResult {
  readonly normalize: boolean;
  readonly moments: readonly ShiftMoment[];
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const averagePercentiles = (units: readonly UnitDistribution[]): (number | null)[] =>
  [0, 1, 2].map((k) =>
    finite(units.reduce((sum, { percentiles }) => sum + percentiles[k]!, 0) / units.length),
  );

/** Each linear layer with the normalization that follows it, if one does. */
function layersOf(network: Module): LayerParameters[] {
  const modules = network.namedModules().map(([, module]) => module);
  const owners = modules.filter((module) => module instanceof Linear || module instanceof BatchNorm);
  return owners.flatMap((module, k) => {
    if (!(module instanceof Linear)) return [];
    const next = owners[k + 1];
    const normalization = next instanceof BatchNorm ? next.parameters() : [];
    return [{ weight: module.weight, all: [...module.parameters(), ...normalization] }];
  });
}

/** Trains one network and looks inside on the way. */
export function* watchShift(
  { training, test }: DigitSets,
  { seed, normalize, steps }: { seed: number; normalize: boolean; steps: number },
): Generator<string | undefined, ShiftResult, void> {
  const probe = makeProbe({ normalize });
  const meter = new CovariateShiftMeter(probe, layersOf(probe));
  const watched = new DigitDataset(firstDigits(test, watchedDigits), 'f32');
  const [images] = watched.getBatch(Array.from({ length: watched.length }, (_, digit) => digit));
  let before: UnitDistribution[][] | null = null;
  const moments = yield* trainDigitNetwork(
    training,
    { seed, normalize, lookAt: [0, ...evenSteps(steps, looks)] },
    (step, network, batch): ShiftMoment => {
      const distributions = sigmoidInputs(network, images).map(unitDistributions);
      const was = before;
      before = distributions;
      copyParameters(network, probe);
      const drift = was?.map((layer, k) => driftBetween(layer, distributions[k]!)) ?? null;
      return {
        step,
        percentiles: distributions.map(averagePercentiles),
        drift:
          drift?.map(({ mean, deviation }) => ({ mean: finite(mean), deviation: finite(deviation) })) ?? null,
        shift: meter.measure(inDoubles(batch), { learningRate }).map(({ distance, relative, cosine }) => ({
          ...{ distance: finite(distance), relative: finite(relative), cosine: finite(cosine) },
        })),
      };
    },
  );
  return { normalize, moments };
}

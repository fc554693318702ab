/**
 * @file Training side by side in one file: models, optimizers and their place in the data as tensors, curves and settings as
 * text beside them. What is restored continues to the same bits.
 */
import { joinStateDicts, splitStateDict, type StateDict } from '@windfall/nn';
import { openSafetensors, saveSafetensors } from '@windfall/nn/node';
import type { LearningCurve } from './learning-curve.ts';
import type { Settings } from './mnist-experiment.ts';
import type { Learner, SideBySide } from './train-side-by-side.ts';

/** What has to be the same for a checkpoint to be continued from. */
export interface Conditions extends Settings {
  /** How many steps lie between observations. */
  readonly interval: number;
}

const stateOf = ({ network, optimizer }: Learner): StateDict =>
  joinStateDicts({ network: network.stateDict(), optimizer: optimizer.stateDict() });

/** Writes a checkpoint; whatever happens meanwhile, the path holds the old one or the new one. */
export async function saveCheckpoint(
  path: string,
  training: SideBySide,
  conditions: Conditions,
): Promise<void> {
  const states = training.learners.map((learner) => [learner.name, stateOf(learner)] as const);
  const { step, curves, loader } = training;
  await saveSafetensors(path, joinStateDicts(Object.fromEntries(states)), {
    metadata: {
      conditions: JSON.stringify(conditions),
      step: String(step),
      loader: JSON.stringify(loader.state),
      curves: JSON.stringify(curves),
    },
  });
}

/**
 * Puts training that has not begun where the checkpoint was.
 * @throws if it was made with other settings, has been damaged, or is another kind of file
 */
export async function restoreCheckpoint(
  path: string,
  training: SideBySide,
  conditions: Conditions,
): Promise<void> {
  const file = await openSafetensors(path);
  try {
    const { metadata } = file;
    const read = (name: string): unknown => {
      const text = metadata[name];
      if (text === undefined) throw new Error(`${path} is no checkpoint of this experiment`);
      return JSON.parse(text);
    };
    const former = read('conditions') as Conditions;
    const names = Object.keys(conditions) as (keyof Conditions)[];
    const differences = names.filter((name) => former[name] !== conditions[name]);
    if (differences.length > 0)
      throw new Error(
        `${path} was made with ${differences.map((name) => `${name} ${former[name]}, not ${conditions[name]}`).join('; ')}`,
      );
    const states = splitStateDict(await file.stateDict());
    for (const { name, network, optimizer } of training.learners) {
      const parts = splitStateDict(states[name]!);
      network.loadStateDict(parts['network']!);
      optimizer.loadStateDict(parts['optimizer']!);
    }
    training.step = read('step') as number;
    training.loader.state = read('loader') as SideBySide['loader']['state'];
    training.curves = read('curves') as LearningCurve[];
  } finally {
    await file.close();
  }
}

/**
 * @file Runs random graphs up the oracle ladder, and says of those that fail what fails, in as few operations as do.
 */
import type { Tensor } from '../../src/index.ts';
import type { Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { Coverage } from './coverage.ts';
import { Dice } from './draw.ts';
import { Interpretation } from './interpretation.ts';
import { checkCompiling, checkReading } from './engine-checks.ts';
import { climb, type Verdict } from './ladder.ts';
import { type RandomGraph, randomGraph } from './random-graph.ts';
import { type Rung, rungs } from './rungs.ts';
import { graphText, shrink } from './shrink.ts';

/** What went wrong with the graph of one seed. */
export interface Failure {
  readonly seed: number;
  /** What disagrees, and how. */
  readonly messages: readonly string[];
  /** The smallest graph found that still fails, as text; the moves, where no graph says it. */
  readonly text: string;
}

/** What a run of the fuzzer came to. */
export interface Summary {
  readonly graphs: number;
  readonly failures: readonly Failure[];
  readonly coverage: Coverage;
  readonly compared: number;
  readonly explained: number;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly graphs: number;
  /** What runs the plans; by default everything there is. */
  readonly ladder?: readonly Rung[];
  /** When to stop though not all graphs were run, as Date.now(). */
  readonly end?: number;
  /** For how many milliseconds a failing graph is made smaller. */
  readonly shrinkFor?: number;
  /** Told of every failure when it is found, and now and then of the progress. */
  readonly onProgress?: (graphs: number, failure?: Failure) => void;
}

const nodesOf = (tensors: readonly Tensor[]): Node[] => tensors.map(({ node }) => node);

const texts = ({ disagreements }: Verdict): string[] =>
  disagreements.map(
    ({ rung, root, message }) => `${rung}${root === null ? '' : `, result ${root}`}: ${message}`,
  );

/** The failure of a graph, made as small as possible without another rung becoming the first that fails. */
function shrunk(seed: number, roots: readonly Node[], verdict: Verdict, options: FuzzOptions): Failure {
  const { ladder = rungs, shrinkFor = 20_000 } = options;
  const first = verdict.disagreements[0]!;
  const failing = ladder.find(({ name }) => name === first.rung);
  const needed = ladder.filter((rung) => rung === failing || rung.name === failing?.sameBitsAs);
  const fails = (candidate: readonly Node[]): boolean => {
    const [found] = climb(candidate, needed).disagreements;
    return (
      found !== undefined && found.rung === first.rung && (found.root === null) === (first.root === null)
    );
  };
  const smallest = shrink(roots, fails, shrinkFor);
  return { seed, messages: texts(climb(smallest, ladder)), text: graphText(smallest) };
}

/** On which share of the graphs the engine is checked in each way. */
const engineShare = 0.2;

/** What is wrong when the engine computes the graph. */
function engineFailure(dice: Dice, seed: number, graph: RandomGraph, exact: Interpretation): Failure | null {
  const messages = [
    ...(dice.chance(engineShare) ? checkReading(dice, seed, graph, exact) : []),
    ...(dice.chance(engineShare) ? checkCompiling(dice, graph, exact) : []),
  ];
  return messages.length === 0 ? null : { seed, messages, text: graph.steps.join(', ') };
}

/** Runs the graphs of consecutive seeds. */
export function fuzz(options: FuzzOptions): Summary {
  const {
    seed: firstSeed,
    graphs: count,
    ladder = rungs,
    end = Infinity,
    onProgress = () => undefined,
  } = options;
  const coverage = new Coverage();
  const failures: Failure[] = [];
  let [graphs, compared, explained] = [0, 0, 0];
  const note = (failure: Failure): void => {
    failures.push(failure);
    onProgress(graphs, failure);
  };
  for (let seed = firstSeed; seed < firstSeed + count && Date.now() < end; seed++) {
    graphs++;
    const exact = new Interpretation();
    let graph: RandomGraph;
    try {
      graph = randomGraph(seed, { interpretation: exact });
    } catch (error) {
      note({
        seed,
        messages: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
        text: '',
      });
      continue;
    }
    const roots = nodesOf(graph.outputs);
    coverage.add(topologicalOrder(roots));
    const dice = new Dice(seed + 1);
    const tried = ladder.filter(({ share = 1 }) => dice.chance(share));
    const verdict = climb(roots, tried, exact);
    compared += verdict.compared;
    explained += verdict.explained;
    if (verdict.disagreements.length > 0) note(shrunk(seed, roots, verdict, options));
    else if (ladder === rungs) {
      const failure = engineFailure(dice, seed, graph, exact);
      if (failure !== null) note(failure);
    }
    if (graphs % 100 === 0) onProgress(graphs);
  }
  return { graphs, failures, coverage, compared, explained };
}

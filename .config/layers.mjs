// The layer rule, checked by dependency-cruiser: imports point only downward, those of types included.
// Cycles have a check of their own, cycles.mjs.

const CORE = '^packages/core/src/';
const NN = '^packages/nn/src/';
const EXAMPLES = '^packages/examples/(?:src|benchmarks)/';
const PROOF = '^packages/proof/src/';
const PLAYGROUND = '^packages/playground/src/';
/** What runs in Node as well as in a browser. */
const PLAYGROUND_TRAINING = '^packages/playground/src/training/';
const CORE_INDEX = '^packages/core/src/index[.]ts$';
/** What packages built upon core may import besides; @windfall/core/extension. */
const CORE_EXTENSION = '^packages/core/src/extension[.]ts$';
const NN_INDEX = '^packages/nn/src/index[.]ts$';
/** What other packages may import of the examples: it needs neither Node nor a browser. */
const EXAMPLES_SHARED =
  '^packages/examples/src/(?:digit-network|digits|idx|linear-from|mean|percentile|report/theme|training-step)[.]ts$';
/** What needs Node; @windfall/nn/node. */
const NN_NODE = '^packages/nn/src/node/';
const NN_NODE_INDEX = '^packages/nn/src/node/index[.]ts$';

const FOUNDATION = ['shape.ts', 'dtype.ts', 'errors.ts'];

/** For each part of packages/core/src, the parts it may import besides itself and the foundation. */
const SEES = {
  'graph/': [],
  'ops/': ['graph/'],
  'autodiff/': ['graph/', 'ops/'],
  'interpret/': ['graph/'],
  'compile/': ['graph/'],
  'backends/': ['graph/', 'compile/'],
  'runtime/': ['graph/', 'ops/', 'autodiff/', 'interpret/', 'compile/', 'backends/'],
  'testing/': ['graph/', 'ops/', 'autodiff/', 'interpret/', 'compile/', 'backends/', 'runtime/'],
};
const EVERY_PART = [...FOUNDATION, ...Object.keys(SEES), 'fluent.ts', 'index.ts', 'extension.ts'];

/** A pattern for parts of core: files end in .ts, folders in a slash. */
function parts(names) {
  const patterns = names.map((name) => (name.endsWith('.ts') ? `${name.replace('.', '[.]')}$` : name));
  return `${CORE}(?:${patterns.join('|')})`;
}

function rule(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

const partRules = Object.entries(SEES).map(([part, sees]) =>
  rule(
    `core-${part.replace('/', '')}`,
    `${part} may import only from ${[part, ...sees, ...FOUNDATION].join(', ')}.`,
    { path: parts([part]), pathNot: parts(['ops/tensor.ts']) },
    { path: CORE, pathNot: parts([part, ...sees, ...FOUNDATION]) },
  ),
);

export default {
  forbidden: [
    rule(
      'core-foundation',
      `${FOUNDATION.join(', ')} are the bottom of core: they may import only each other.`,
      { path: parts(FOUNDATION) },
      { path: CORE, pathNot: parts(FOUNDATION) },
    ),
    ...partRules,
    // The class Tensor merges with the interface of the fluent methods, whose implementation sits on top of everything.
    rule(
      'core-tensor',
      `ops/tensor.ts may import only from ops/, ${SEES['ops/'].join(', ')}, ${FOUNDATION.join(', ')}, and types from fluent.ts.`,
      { path: parts(['ops/tensor.ts']) },
      { path: CORE, pathNot: parts(['ops/', ...SEES['ops/'], ...FOUNDATION, 'fluent.ts']) },
    ),
    rule(
      'core-tensor-fluent-types',
      'ops/tensor.ts may import fluent.ts only by `import type`.',
      { path: parts(['ops/tensor.ts']) },
      { path: parts(['fluent.ts']), dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'core-index',
      "index.ts is core's face to others: nothing inside core may import it.",
      { path: parts(['fluent.ts']) },
      { path: CORE_INDEX },
    ),
    rule(
      'core-extension',
      `extension.ts, core's face to packages built upon it, may import only ${FOUNDATION.join(', ')}.`,
      { path: CORE_EXTENSION },
      { path: CORE, pathNot: parts(FOUNDATION) },
    ),
    rule(
      'core-unknown-part',
      'This file of core belongs to no layer: move it into one, or name it in .config/layers.mjs.',
      { path: CORE },
      { path: CORE, pathNot: parts(EVERY_PART) },
    ),
    rule(
      'core-stands-alone',
      'core may import nothing but its own files: no package, no built-in module of Node.',
      { path: CORE },
      { pathNot: CORE, couldNotResolve: false },
    ),
    rule('resolves', 'This import leads to no file and no installed package.', {}, { couldNotResolve: true }),
    rule(
      'nn-sees-core',
      "nn may import only its own files, '@windfall/core' and '@windfall/core/extension': no package, no built-in module of Node outside src/node/.",
      { path: NN, pathNot: NN_NODE },
      { pathNot: [NN, CORE_INDEX, CORE_EXTENSION], couldNotResolve: false },
    ),
    rule(
      'nn-node-sees-node',
      "nn's src/node/ may import only nn's own files, '@windfall/core', '@windfall/core/extension' and Node's built-in modules.",
      { path: NN_NODE },
      { pathNot: [NN, CORE_INDEX, CORE_EXTENSION], dependencyTypesNot: ['core'], couldNotResolve: false },
    ),
    rule(
      'nn-runs-everywhere',
      'Outside of src/node/ nothing in nn may import from src/node/: the main entry runs in browsers, too.',
      { path: NN, pathNot: NN_NODE },
      { path: NN_NODE },
    ),
    rule(
      'examples-see-packages',
      "examples may import only their own files, '@windfall/core', '@windfall/nn', '@windfall/nn/node', npm packages and Node's modules.",
      { path: EXAMPLES },
      { path: '^packages/', pathNot: [EXAMPLES, CORE_INDEX, NN_INDEX, NN_NODE_INDEX] },
    ),
    rule(
      'proof-sees-tarballs',
      "proof may import only its own files, npm packages and Node's modules: it knows the packages by their tarballs.",
      { path: PROOF },
      { path: '^packages/', pathNot: PROOF },
    ),
    rule(
      'examples-shared-runs-everywhere',
      "What playground uses of examples may import only its own kind, '@windfall/core' and '@windfall/nn'.",
      { path: EXAMPLES_SHARED },
      { pathNot: [EXAMPLES_SHARED, CORE_INDEX, NN_INDEX], couldNotResolve: false },
    ),
    rule(
      'playground-sees-packages',
      "playground may import only its own files, '@windfall/core', '@windfall/nn', what examples share, and npm packages.",
      { path: PLAYGROUND },
      {
        pathNot: [PLAYGROUND, CORE_INDEX, NN_INDEX, EXAMPLES_SHARED, '/node_modules/'],
        couldNotResolve: false,
      },
    ),
    rule(
      'playground-training-runs-everywhere',
      "playground's src/training/ may import only its own files, '@windfall/core', '@windfall/nn' and what examples share.",
      { path: PLAYGROUND_TRAINING },
      { pathNot: [PLAYGROUND_TRAINING, CORE_INDEX, NN_INDEX, EXAMPLES_SHARED], couldNotResolve: false },
    ),
    rule(
      'packages-by-name',
      'Another package is imported by its name, not by a path to its files.',
      { path: '^packages/([^/]+)/(?:src|benchmarks)/' },
      { path: '^packages/', pathNot: '^packages/$1/(?:src|benchmarks)/', dependencyTypes: ['local'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};

// No import cycles, those of types included, checked by dependency-cruiser.
import layers from './layers.mjs';

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files may not import each other in a circle.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    ...layers.options,
    // The one allowed circle: ops/tensor.ts needs the types of fluent.ts, which imports all ops. Cutting it here keeps every other
    // circle visible: dependency-cruiser reports one circle per import, and this one would hide others. layers.mjs guards
    // the imports of and by fluent.ts.
    exclude: { path: '^packages/core/src/fluent[.]ts$' },
  },
};

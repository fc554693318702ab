// The reference of the public interface, from its doc comments: `npm run api` writes docs/api/. What a comment refers to must
// exist: warnings are errors.
import { OptionDefaults } from 'typedoc';

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'Windfall',
  tsconfig: 'typedoc.tsconfig.json',
  entryPoints: [
    '../packages/core/src/index.ts',
    '../packages/nn/src/index.ts',
    '../packages/nn/src/node/index.ts',
  ],
  out: '../docs/api',
  readme: 'none',
  // The first comment of a file says what the file is, to those who read it.
  blockTags: [...OptionDefaults.blockTags, '@file'],
  excludeTags: [...OptionDefaults.excludeTags, '@file'],
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
};

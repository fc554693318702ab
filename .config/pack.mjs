// Packs the packages as they would be published, into a folder given as the only argument.
import { fileURLToPath } from 'node:url';
import { pnpm } from './pnpm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

// The folder goes by the environment, so that no shell takes its name apart.
const env = { ...process.env, npm_config_pack_destination: process.argv[2] };
process.exitCode = pnpm('--recursive --filter "@windfall/core" --filter "@windfall/nn" pack', {
  cwd: root,
  env,
});

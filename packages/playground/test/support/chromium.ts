/**
 * @file Where this machine has Chromium.
 */
import { existsSync } from 'node:fs';
import type { LaunchOptions } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executablePath = places.find((place) => existsSync(place));

/** How to start it without a screen, in a profile of its own, asking nothing of a network; null if there is none. */
export const launchOptions: LaunchOptions | null =
  executablePath === undefined
    ? null
    : {
        executablePath,
        headless: true,
        args: [
          ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
          ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
        ],
      };

/** A copy of the repository to change and to start: as npm would have installed it, workspaces linked to the copy's own. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '@marquee/testkit';
import { repositoryRoot } from '../../repository.ts';

const execute = promisify(execFile);
const FILES = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'biome.json', 'vitest.config.ts'],
  ...['.gitignore', '.npmrc', 'LICENSE'],
];
const FOLDERS = ['schema', 'subgraphs', 'packages', 'gateway', 'workers', 'docker', 'docs'];

export interface RepositoryCopy {
  readonly root: string;
  remove(): void;
}

export function copyOfRepository(): RepositoryCopy {
  const made = temporaryFolder();
  const root = realpathSync(made.path);
  for (const file of FILES) cpSync(join(repositoryRoot, file), join(root, file));
  for (const folder of FOLDERS) {
    cpSync(join(repositoryRoot, folder), join(root, folder), {
      recursive: true,
      filter: (path) => !path.includes('/node_modules'),
    });
  }
  const modules = join(repositoryRoot, 'node_modules');
  mkdirSync(join(root, 'node_modules/@marquee'), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name !== '@marquee') symlinkSync(join(modules, name), join(root, 'node_modules', name));
  }
  for (const kind of ['subgraphs', 'packages', 'workers']) {
    for (const name of readdirSync(join(root, kind))) {
      symlinkSync(`../../${kind}/${name}`, join(root, 'node_modules/@marquee', name));
    }
  }
  symlinkSync('../../gateway', join(root, 'node_modules/@marquee/gateway'));
  return { root, remove: made.remove };
}

/** Runs a script of the copy to its end. */
export async function runIn(root: string, ...given: readonly string[]) {
  try {
    const { stdout, stderr } = await execute(process.execPath, [...given], {
      cwd: root,
      maxBuffer: 16_777_216,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

/** Which code made something, for the records of it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The commit, where the code is a checkout. */
export async function codeVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=40'], {
      cwd: import.meta.dirname,
    });
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}

/** Reads the parts of our Dockerfile that other files have to agree with. */
import { read } from './repository.ts';

export interface Dockerfile {
  /** Instructions by stage, in order, lines put together. */
  readonly stages: ReadonlyMap<string, readonly Instruction[]>;
  readonly baseImage: string;
}

export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

export function readDockerfile(path: string): Dockerfile {
  const text = read(path)
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ');
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  let baseImage = '';
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`${path}: cannot read "${line}"`);
    const stage = name === 'FROM' ? /^(\S+) AS (\S+)$/.exec(rest) : null;
    if (stage !== null) {
      current = [...(stages.get(stage[1] as string) ?? [])];
      stages.set(stage[2] as string, current);
    } else if (name === 'ARG' && rest.startsWith('NODE_IMAGE=')) {
      baseImage = rest.slice('NODE_IMAGE='.length);
    } else {
      current.push({ name, rest });
    }
  }
  return { stages, baseImage };
}

/** Of a stage and those it builds on. */
export function environmentOf(dockerfile: Dockerfile, stage: string): Record<string, string> {
  const settings = instructionsOf(dockerfile, stage)
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => rest.split(/\s+/))
    .map((pair) => pair.split('=') as [string, string]);
  return Object.fromEntries(settings);
}

export function instructionsOf(dockerfile: Dockerfile, stage: string): readonly Instruction[] {
  const instructions = dockerfile.stages.get(stage);
  if (instructions === undefined) throw new Error(`the Dockerfile has no stage ${stage}`);
  return instructions;
}

/** The last one counts. */
export function lastOf(dockerfile: Dockerfile, stage: string, name: string): string | undefined {
  return instructionsOf(dockerfile, stage).findLast((instruction) => instruction.name === name)?.rest;
}

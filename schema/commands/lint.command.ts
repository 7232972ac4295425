/** `schema lint`: whether the subgraphs' SDL keeps the rules of the house. */
import { MarqueeError } from '@marquee/service-kit';
import { CompositionFailed } from '../composition.ts';
import { LINT_RULES } from '../lint/rules.ts';
import { type Command, readArguments } from './command.ts';
import { lintLines, lintRepository } from './composed-subgraphs.ts';

export const lintCommand: Command = {
  name: 'lint',
  summary: "holds the subgraphs' SDL against the rules of the house",
  help: `npm run schema -- lint

Part of \`check\`. Each finding has place, coordinate, rule and subgraph, a way out, and the team to ask. What is excused,
and why, stands in schema/lint.json.

  --subgraph <name>   findings of one subgraph only
  --rules             lists the rules instead
  --json              the findings as JSON

Exit code 1 when there are findings.

Rules:
${LINT_RULES.map(({ name, summary }) => `  ${name}\n      ${summary}`).join('\n')}`,
  async run(argv, { print }) {
    const { values } = readArguments(argv, { subgraph: 'string', rules: 'boolean', json: 'boolean' });
    if (values.rules) {
      for (const { name, summary } of LINT_RULES) print(`${name.padEnd(28)}${summary}`);
      return 0;
    }
    const { subgraphs, findings: all } = linted();
    if (values.subgraph !== undefined && !subgraphs.includes(values.subgraph)) {
      throw new MarqueeError(
        'NOT_FOUND',
        `there is no subgraph ${values.subgraph}; there are ${subgraphs.join(', ')}`,
      );
    }
    const findings = all.filter(({ subgraph }) => [undefined, subgraph].includes(values.subgraph));
    if (values.json) print(JSON.stringify(findings, null, 2));
    else {
      for (const line of lintLines(findings)) print(line);
      print(`${findings.length} findings`);
    }
    return findings.length > 0 ? 1 : 0;
  },
};

/** @throws MarqueeError CONFIG_INVALID with the places of what does not parse. */
function linted(): ReturnType<typeof lintRepository> {
  try {
    return lintRepository();
  } catch (cause) {
    if (!(cause instanceof CompositionFailed)) throw cause;
    throw new MarqueeError('CONFIG_INVALID', { message: cause.message, cause });
  }
}

// Answers from the canned lines at once: what is measured is the tool around a model.
import { readFileSync } from 'node:fs';

const answers = new Map(
  readFileSync(process.env.BENCH_CANNED, 'utf8').trimEnd().split('\n')
    .map((line) => JSON.parse(line))
    .map((line) => [line.id, line.answer]),
);

export default class CannedProvider {
  id() {
    return 'canned';
  }

  async callApi(_prompt, context) {
    return { output: answers.get(context.vars.id) };
  }
}

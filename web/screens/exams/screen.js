// All exams with the learner's state in each. Attempts in progress come first.

import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { t } from '../../messages/index.js';
import { useLoad } from '../../state/request.js';
import { useTitle } from '../../state/title.js';
import { html } from '../../view.js';
import { loadList } from './data.js';
import { Exam } from './exam.js';
import { Open } from './open.js';

export default function Screen() {
  useTitle(t('progress.exams'));
  const { data, problem, reload } = useLoad(loadList, []);
  return html`
    <h1 tabindex="-1">${t('progress.exams')}</h1>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!data && !problem && html`<${Skeleton} lines=${8} />`}
    ${data?.exams.length === 0 && html`<p>${t('progress.no_exams')}</p>`}
    ${data?.attempts
      .filter((/** @type {any} */ attempt) => attempt.status === 'in_progress')
      .map((/** @type {any} */ attempt) => html`<${Open} key=${attempt.id} attempt=${attempt} exams=${data.exams} reload=${reload} />`)}
    ${data?.exams.map((/** @type {any} */ summary) => html`<${Exam} key=${summary.code} summary=${summary} attempts=${data.attempts} />`)}
  `;
}

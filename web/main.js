// The page: the session, the screen for the URL, and the frame around it.

import { Boundary, Broken } from './components/boundary.js';
import { Header } from './components/header.js';
import { Leftovers, useLeftovers } from './components/leftovers.js';
import { ProblemNotice } from './components/problem.js';
import { Skeleton } from './components/skeleton.js';
import { setLanguage, t } from './messages/index.js';
import SignIn from './screens/sign_in/screen.js';
import { replace, useRoute } from './state/route.js';
import { followTabs, loadSession, session, useSession } from './state/session.js';
import { settings } from './state/settings.js';
import { html, render, useEffect, useLayoutEffect, useRef, useState } from './view.js';

/** @type {Record<string, () => Promise<{ default: any }>>} */
const SCREENS = {
  exams: () => import('./screens/exams/screen.js'),
  exam: () => import('./screens/exam/screen.js'),
  start: () => import('./screens/start/screen.js'),
  runner: () => attemptScreens().then(([runner]) => runner),
  review: () => attemptScreens().then(([, review]) => review),
  report: () => import('./screens/report/screen.js'),
  history: () => import('./screens/history/screen.js'),
  account: () => import('./screens/account/screen.js'),
  missing: () => import('./screens/missing/screen.js'),
};
/** Loaded together: each leads to the other, even if the connection is lost by then. */
const attemptScreens = () => Promise.all([import('./screens/runner/screen.js'), import('./screens/review/screen.js')]);
/** Screens that draw their own bars, and handle signing in again themselves. */
const ATTEMPT = ['runner', 'review'];

/** The module of a screen, once it is loaded. If that fails, signing in tries again. @param {string} name @param {boolean} isIn */
function useScreen(name, isIn) {
  const [loaded, setLoaded] = useState(/** @type {{ name: string, Screen?: any, error?: unknown }} */ ({ name: '' }));
  // A layout effect: loading need not wait for the next frame.
  useLayoutEffect(() => {
    let isWanted = true;
    if (loaded.name === name && loaded.Screen) return undefined;
    SCREENS[name]?.().then(
      (module) => isWanted && setLoaded({ name, Screen: module.default }),
      (error) => isWanted && setLoaded({ name, error }),
    );
    return () => {
      isWanted = false;
    };
  }, [name, isIn]);
  return loaded.name === name ? loaded : { name };
}

/** The heading of a new screen takes the focus, now or when it appears, but not on the first load. @param {string} place */
function useHeadingFocus(place) {
  const before = useRef('');
  useEffect(() => {
    // A screen that is still loading does not count.
    if (place === '') return undefined;
    const isFirst = before.current === '';
    before.current = place;
    if (isFirst) return undefined;
    scrollTo(0, 0);
    const page = /** @type {HTMLElement} */ (document.getElementById('page'));
    const focus = () => {
      const heading = /** @type {HTMLElement | null} */ (page.querySelector('h1[tabindex="-1"]'));
      heading?.focus();
      return heading !== null;
    };
    if (focus()) return undefined;
    const observer = new MutationObserver(() => focus() && observer.disconnect());
    observer.observe(page, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [place]);
}

/** Redraws the page when its language changes. */
function useLanguage() {
  const [, draw] = useState('');
  useEffect(
    () =>
      settings.subscribe(({ language }) => {
        setLanguage(language).then(() => draw(document.documentElement.lang), () => {});
      }),
    [],
  );
}

function Page() {
  useLanguage();
  const route = useRoute();
  const { status, user, problem } = useSession();
  const isAttempt = ATTEMPT.includes(route.screen ?? '');
  const isOut = status === 'out' || (status === 'ended' && !isAttempt);
  const isEntrance = route.screen === 'sign_in' || route.screen === 'sign_up';
  const name = isEntrance ? 'exams' : (route.screen ?? 'missing');
  // It is loaded while the server is asked who is signed in.
  const isIn = status === 'in' || status === 'ended';
  const loaded = useScreen(name, isIn);
  const { Screen, error } = /** @type {Partial<typeof loaded>} */ (isIn ? loaded : {});
  useEffect(() => {
    if (status === 'in' && isEntrance) replace('#/exams');
  }, [status, isEntrance]);
  const [kept, forget] = useLeftovers(status === 'in' ? user.id : '', isAttempt);
  const isKnown = status !== 'loading' && status !== 'failed';
  useHeadingFocus(!isKnown ? '' : isOut ? `out/${route.screen === 'sign_up'}` : Screen ? `${name}/${Object.values(route.params)}` : '');

  const skip = html`<a class="skip-link" href="#main" onClick=${skipToMain}>${t('shell.skip')}</a>`;
  if (isOut) {
    return html`${skip}<${Header} /><main id="main" tabindex="-1" class="page-main is-narrow">
      <${SignIn} key=${String(route.screen === 'sign_up')} isNew=${route.screen === 'sign_up'} hasEnded=${status === 'ended'}
        isDeleted=${route.query.deleted !== undefined} />
    </main>`;
  }
  const screen = Screen && html`<${Boundary} key=${place(name, route.params)}><${Screen} params=${route.params} query=${route.query} /><//>`;
  if (Screen?.bare) return screen;
  return html`
    ${skip}<${Header} user=${user} screen=${name} />
    <main id="main" tabindex="-1" class="page-main">
      <${Leftovers} kept=${kept} forget=${forget} />
      ${status === 'failed' && html`<${ProblemNotice} problem=${problem} retry=${loadSession} />`}
      ${error && html`<${Broken} title=${t('shell.not_loaded')} />`}
      ${screen ?? (status !== 'failed' && !error && html`<${Skeleton} lines=${8} />`)}
    </main>
  `;
}

/** What identifies a screen. A new query is the same place. @param {string} screen @param {Record<string, string>} params */
function place(screen, params) {
  // An attempt stays open if somebody else signs in: it asks for the right account itself.
  const owner = ATTEMPT.includes(screen) ? '' : session.userId;
  return [screen, ...Object.values(params), owner].join('/');
}

/** The skip link is not a place of the page. @param {Event} event */
function skipToMain(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

void loadSession();
followTabs();
// English is available without loading.
await setLanguage(settings.get().language).catch(() => {});
render(html`<${Page} />`, /** @type {HTMLElement} */ (document.getElementById('page')));

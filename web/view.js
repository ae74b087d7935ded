// The view library. All other modules import it from here.

import htm from './vendor/htm.js';
import { h } from './vendor/preact.js';

export { Component, Fragment, createContext, render } from './vendor/preact.js';
export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from './vendor/hooks.js';

/** Creates elements from a template: `<${Component} name=${value}>text<//>`. */
export const html = htm.bind(h);

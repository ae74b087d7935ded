// What the page uses of Preact's hooks.
import type { Context } from './preact.js';

type Cleanup = void | undefined | (() => void);
export function useState<S>(initial: S | (() => S)): [S, (next: S | ((old: S) => S)) => void];
export function useReducer<S, A>(reducer: (state: S, action: A) => S, initial: S): [S, (action: A) => void];
export function useEffect(work: () => Cleanup, inputs?: readonly unknown[]): void;
export function useLayoutEffect(work: () => Cleanup, inputs?: readonly unknown[]): void;
export function useRef<T>(initial: T): { current: T };
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T extends (...given: any[]) => any>(work: T, inputs: readonly unknown[]): T;
export function useContext<T>(context: Context<T>): T;
export function useId(): string;

// What the page uses of Preact.
export class Component<P = any, S = any> {
  constructor(props?: P);
  props: P;
  state: S;
  setState(state: Partial<S>): void;
  render(): any;
}
export interface Context<T> {
  Provider: (props: { value: T; children?: any }) => any;
}
export function h(type: any, props: object | null, ...children: any[]): any;
export function render(what: any, parent: Element): void;
export function createContext<T>(value: T): Context<T>;
export const Fragment: any;

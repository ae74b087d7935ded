// What the page uses of markdown-it.
export interface Token {
  type: string;
  tag: string;
  content: string;
  block: boolean;
  nesting: number;
  attrs: [string, string][] | null;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}
export type Rule = (tokens: Token[], index: number, options: object, env: any, self: Renderer) => string;
export interface Renderer {
  rules: Record<string, Rule | undefined>;
  render(tokens: Token[], options: object, env: object): string;
  renderToken(tokens: Token[], index: number, options: object): string;
  renderInlineAsText(tokens: Token[], options: object, env: object): string;
}
export interface MarkdownIt {
  options: object;
  renderer: Renderer;
  core: { ruler: { push(name: string, rule: (state: { tokens: Token[] }) => void): void } };
  utils: { escapeHtml(text: string): string };
  validateLink(url: string): boolean;
  parse(text: string, env: object): Token[];
}
export default function markdownit(options?: object): MarkdownIt;

interface Htm {
  bind(h: (type: any, props: any, ...children: any[]) => any): (strings: TemplateStringsArray, ...values: any[]) => any;
}
declare const htm: Htm;
export default htm;

// What the page uses of d3-flame-graph, which comes without types.

declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection';

  /** A node as it is drawn: `data` is what was given. */
  export interface FlameNode<Data> {
    data: Data;
    value: number;
    parent: FlameNode<Data> | null;
  }

  export interface FlameGraph<Data> {
    (selection: Selection<any, Data, any, any>): void;
    width(px: number): this;
    height(): number;
    height(px: number): this;
    cellHeight(px: number): this;
    minFrameSize(px: number): this;
    transitionDuration(ms: number): this;
    inverted(rootAtTop: boolean): this;
    sort(by: boolean | ((a: FlameNode<Data>, b: FlameNode<Data>) => number)): this;
    label(text: (node: FlameNode<Data>) => string): this;
    setColorMapper(colour: (node: FlameNode<Data>, usual: string) => string): this;
    onClick(clicked: (node: FlameNode<Data>) => void): this;
    onHover(hovered: (node: FlameNode<Data>) => void): this;
    setDetailsHandler(told: (text: string | null) => void): this;
    update(data: Data): this;
    destroy(): this;
  }

  export default function flamegraph<Data>(): FlameGraph<Data>;
}

declare module 'd3-timer' {
  /** Does now what is due. */
  export function timerFlush(): void;
}

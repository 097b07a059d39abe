/** Tables of rows: headings that say what they head, numbers to the right, its own scrolling on small screens. */
import type { ComponentChildren } from "preact";

/** One column. */
export interface Column<R> {
  readonly head: string;
  readonly cell: (row: R) => ComponentChildren;
  readonly numeric?: boolean;
  /** Prose: it may take several lines. */
  readonly wrap?: boolean;
}

/** A table with a caption for those who do not see what stands around it. The first column names its row. */
export function Table<R>(props: {
  caption: string;
  rows: readonly R[];
  id: (row: R) => string;
  columns: readonly Column<R>[];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys.
    <section class="table" tabIndex={0} aria-label={props.caption}>
      <table>
        <caption class="unseen">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.head} scope="col" class={classOf(column)}>
                {column.head === "" ? <span class="unseen">Actions</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.id(row)}>
              {props.columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.head} scope="row" class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.head} class={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function classOf<R>({ numeric, wrap }: Column<R>): string {
  return `${numeric ? "num" : ""} ${wrap ? "wrap" : ""}`.trim();
}

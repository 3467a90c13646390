/**
 * Building HTML: every text in it is escaped.
 *
 * @module
 */

/** A piece of HTML that is safe to put into a page. */
export interface Html {
  readonly html: string;
}

/** Builds HTML. Every text in it is escaped; HTML in it stays as it is. */
export function markup(strings: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html {
  const parts = values.map((value) => {
    if (typeof value === "string") {
      return escape(value);
    }
    return "html" in value ? value.html : value.map((piece) => piece.html).join("");
  });
  return { html: String.raw({ raw: strings }, ...parts) };
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

// Figures of an evaluation that several pages show.

/** The metric: is the picture among the first five? */
export const HIT = "hit@5";

/** Mean share of captions that find their picture among the first five, for each width. */
export function meanRecall(state) {
  const rows = (state?.result?.summary ?? []).filter((row) => row.language === "mean" && row.metric === HIT && row.direction.startsWith("text"));
  return new Map(rows.map((row) => [row.dim, row.value]));
}

// Justified rows: pictures keep their shape, each full row fills the width. Pure arithmetic.

const WIDEST = 3.2; // a panorama wider than this is cropped in the gallery, never in the detail view
const NARROWEST = 0.45;

export const shapeOf = (hit) => Math.min(WIDEST, Math.max(NARROWEST, (hit.width || 4) / (hit.height || 3)));

/** Height of a row that suits a window of this width: two or three pictures on a phone, six on a desk. */
export function rowHeight(width, size = 1) {
  return Math.round(Math.min(340, Math.max(112, 76 + width * 0.11)) * size);
}

export class Rows {
  /** rows: [{first, count, top, height}] of the items given so far; the last may be unfilled. */
  constructor(width, target, gap) {
    Object.assign(this, { width, target, gap, rows: [], shapes: [], total: 0 });
  }

  /** Adds shapes (width / height). Only the unfilled last row is laid again. */
  add(shapes) {
    const last = this.rows.at(-1);
    let first = this.shapes.length;
    if (last?.open) {
      this.rows.pop();
      first = last.first;
    }
    this.shapes.push(...shapes);
    let top = this.rows.length ? this.rows.at(-1).top + this.rows.at(-1).height + this.gap : 0;
    let sum = 0;
    for (let index = first; index < this.shapes.length; index += 1) {
      sum += this.shapes[index];
      const count = index - first + 1;
      const room = this.width - this.gap * (count - 1);
      if (sum * this.target < room) continue;
      const height = room / sum;
      this.rows.push({ first, count, top, height, open: false });
      top += height + this.gap;
      first = index + 1;
      sum = 0;
    }
    if (first < this.shapes.length) {
      this.rows.push({ first, count: this.shapes.length - first, top, height: this.target, open: true });
      top += this.target + this.gap;
    }
    this.total = Math.max(0, top - this.gap);
  }

  /** Place of each item of a row: {index, left, width}. */
  places(row) {
    const places = [];
    let left = 0;
    for (let index = row.first; index < row.first + row.count; index += 1) {
      const width = this.shapes[index] * row.height;
      places.push({ index, left, width });
      left += width + this.gap;
    }
    return places;
  }

  /** Number of the row that lies at `top` pixels (binary search). */
  rowAt(top) {
    let low = 0;
    let high = this.rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rows[middle].top <= top) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Item above (-1) or below (+1) whose middle is nearest; -1 at the edge. */
  neighbour(index, step) {
    const number = this.rows.findIndex((row) => index >= row.first && index < row.first + row.count);
    const target = this.rows[number + step];
    if (!target) return -1;
    const own = this.places(this.rows[number]).find((place) => place.index === index);
    const middle = own.left + own.width / 2;
    const distance = (place) => Math.abs(place.left + place.width / 2 - middle);
    return this.places(target).reduce((best, place) => (distance(place) < distance(best) ? place : best)).index;
  }
}

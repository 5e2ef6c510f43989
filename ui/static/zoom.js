// A picture that can be enlarged and moved: wheel, pinch, double click, keys.

import { h } from "./dom.js";

const LARGEST = 12;
const STEP = 1.4;

export class Zoom {
  constructor() {
    this.image = h("img.zoomed", { alt: "", draggable: "false" });
    this.element = h(
      "div.stage",
      {
        onwheel: (event) => this.wheel(event),
        ondblclick: (event) => this.by(this.scale > 1 ? 1 / this.scale : 2.5, event),
        onpointerdown: (event) => this.down(event),
        onpointermove: (event) => this.move(event),
        onpointerup: (event) => this.up(event),
        onpointercancel: (event) => this.up(event),
      },
      this.image,
    );
    this.pointers = new Map();
    this.onSwipe = () => {};
    this.reset();
  }

  /** Shows a picture: the thumbnail at once, the file when it has come. */
  show(small, large, words, failed) {
    this.reset();
    this.image.alt = words;
    this.image.src = small;
    this.element.classList.add("coming");
    const wanted = new Image();
    this.wanted = wanted;
    wanted.onload = () => this.arrive(wanted);
    // A format this browser cannot draw, or a file that is away: the thumbnail stays.
    wanted.onerror = () => this.wanted === wanted && (this.element.classList.remove("coming"), failed());
    wanted.src = large;
  }

  arrive(wanted) {
    if (this.wanted !== wanted) return;
    this.image.src = wanted.src;
    this.element.classList.remove("coming");
  }

  reset() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.draw();
  }

  by(factor, event = null) {
    const box = this.element.getBoundingClientRect();
    const scale = Math.min(LARGEST, Math.max(1, this.scale * factor));
    const px = event ? event.clientX - box.left - box.width / 2 : 0;
    const py = event ? event.clientY - box.top - box.height / 2 : 0;
    // The point under the pointer stays where it is.
    this.x = px - ((px - this.x) * scale) / this.scale;
    this.y = py - ((py - this.y) * scale) / this.scale;
    this.scale = scale;
    if (scale === 1) Object.assign(this, { x: 0, y: 0 });
    this.draw();
  }

  in() {
    this.by(STEP);
  }

  out() {
    this.by(1 / STEP);
  }

  draw() {
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.element.classList.toggle("enlarged", this.scale > 1);
  }

  wheel(event) {
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / 300), event);
  }

  down(event) {
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.start = { x: event.clientX, y: event.clientY };
    this.pinched = false;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const others = [...this.pointers.values()].filter((item) => item.pointerId !== event.pointerId);
    if (others.length) {
      const distance = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      this.pinched = true;
      this.by(distance(event, others[0]) / Math.max(1, distance(before, others[0])), event);
    } else if (this.scale > 1) {
      this.x += event.clientX - before.clientX;
      this.y += event.clientY - before.clientY;
      this.draw();
    }
    this.pointers.set(event.pointerId, event);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    const across = event.clientX - this.start?.x;
    if (event.pointerType === "touch" && this.scale === 1 && !this.pinched && Math.abs(across) > 60) this.onSwipe(across);
  }
}


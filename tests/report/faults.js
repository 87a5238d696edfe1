// Returns what is wrong with the layout of a page or an SVG file, a line each; text must have
// at least so many pixels.
(least) => {
  const faults = [], slack = 1, root = document.documentElement;
  const width = Math.min(innerWidth, root.clientWidth || innerWidth);
  const name = (at) => `${at.localName} "${at.textContent.trim().slice(0, 40)}"`;
  const inside = (inner, outer) =>
    inner.left >= outer.left - slack && inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;

  if (root.scrollWidth > width + slack) faults.push("the page scrolls sideways");
  for (const at of document.querySelectorAll("body *")) {
    const box = at.getBoundingClientRect();
    if (at.closest("svg svg, svg *") || !box.width) continue;
    if (box.right > width + slack || box.left < -slack) faults.push(`beyond the page: ${name(at)}`);
    if (at.scrollWidth > at.clientWidth + slack && at.clientWidth)
      faults.push(`cut: ${name(at)}`);
  }
  for (const plot of document.querySelectorAll("svg")) {
    const frame = plot.getBoundingClientRect();
    const scale = frame.width / plot.viewBox.baseVal.width;
    if (frame.right > width + slack) faults.push("beyond the page: a plot");
    const texts = [...plot.querySelectorAll("text")].filter((at) => at.textContent.trim());
    texts.forEach((at, index) => {
      const box = at.getBoundingClientRect();
      const size = scale * parseFloat(getComputedStyle(at).fontSize);
      if (size < least) faults.push(`${size.toFixed(1)} pixels small: ${name(at)}`);
      if (!inside(box, frame)) faults.push(`beyond the picture: ${name(at)}`);
      for (const other of texts.slice(index + 1)) {
        const next = other.getBoundingClientRect();
        if (Math.min(box.right, next.right) - Math.max(box.left, next.left) > slack &&
            Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top) > 0.3 * size)
          faults.push(`over each other: ${name(at)}, ${name(other)}`);
      }
    });
    for (const shape of plot.querySelectorAll("path[clip-path]")) {
      const id = shape.getAttribute("clip-path").slice(5, -1);
      const axes = plot.querySelector(`[id="${id}"] rect`).getBBox(), box = shape.getBBox();
      if (box.x < axes.x - slack || box.x + box.width > axes.x + axes.width + slack ||
          box.y < axes.y - slack || box.y + box.height > axes.y + axes.height + slack)
        faults.push(`beyond its axes: ${shape.parentElement.id}`);
    }
  }
  return faults;
}

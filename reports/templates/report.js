// The page is complete without this: it adds values under the pointer, and buttons that hide arms.
"use strict";
for (const plot of document.querySelectorAll("svg.plot[data-frame]")) {
  const [left, top, right, floor] = plot.dataset.frame.split(" ").map(Number);
  const axis = (text) => {
    const [kind, low, high] = text.split(" ");
    const [a, b] = kind === "log" ? [Math.log(low), Math.log(high)] : [+low, +high];
    return (part) => (kind === "log" ? Math.exp(a + part * (b - a)) : a + part * (b - a));
  };
  const [x, y] = [axis(plot.dataset.x), axis(plot.dataset.y)];
  const lines = [...plot.querySelectorAll("path.line")].map((path) => ({
    path,
    name: path.dataset.name,
    band: [...plot.querySelectorAll("path.band")].find((band) => band.dataset.name === path.dataset.name),
    label: [...plot.querySelectorAll("text.label")].find((label) => label.textContent === path.dataset.name),
    points: path.getAttribute("d").slice(1).split("L").map((point) => point.split(" ").map(Number)),
  }));
  if (!lines.length) continue;
  const figure = plot.closest("figure");
  const said = document.createElement("p");
  said.className = "values";
  said.setAttribute("aria-hidden", "true");
  const hand = document.createElementNS("http://www.w3.org/2000/svg", "path");
  hand.setAttribute("class", "hand");
  plot.append(hand);
  const toggles = document.createElement("p");
  toggles.className = "toggles";
  for (const line of lines.length > 1 ? lines : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = line.path.getAttribute("class").replace("line ", "");
    button.textContent = line.name;
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", shown);
      for (const part of [line.path, line.band, line.label]) part?.classList.toggle("off", !shown);
    });
    toggles.append(button);
  }
  const of = plot.parentElement.className;
  for (const part of [toggles, said]) part.classList.add(of);
  figure.append(said, toggles);
  const time = (ms) => {
    const minutes = ms / 60000;
    if (minutes < 120) return `${Math.round(minutes)} min`;
    return minutes < 2880 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} d`;
  };
  const show = (event) => {
    const box = plot.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * plot.viewBox.baseVal.width;
    if (at < left || at > right) return hide();
    hand.setAttribute("d", `M${at} ${top}V${floor}`);
    const values = lines.filter((line) => !line.path.classList.contains("off")).map((line) => {
      const next = Math.max(1, line.points.findIndex((point) => point[0] >= at));
      const [[x0, y0], [x1, y1]] = [line.points[next - 1], line.points[next]];
      const height = x1 > x0 ? y0 + ((y1 - y0) * Math.min(Math.max(at - x0, 0), x1 - x0)) / (x1 - x0) : y1;
      return `${line.name} ${(100 * y((floor - height) / (floor - top))).toPrecision(2)} %`;
    });
    said.textContent = `${time(x((at - left) / (right - left)))}: ${values.join(" · ")}`;
  };
  const hide = () => { hand.removeAttribute("d"); said.textContent = ""; };
  plot.addEventListener("pointermove", show);
  plot.addEventListener("pointerdown", show);
  plot.addEventListener("pointerleave", hide);
}

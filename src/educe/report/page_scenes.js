// The scenes of every page. A scene receives its place in the page and its data.

// From data to pixels along one axis: {low, high, from, to, log}.
educe.pixel = (axis, value) => {
  const at = axis.log ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : (value - axis.low) / (axis.high - axis.low);
  return axis.from + at * (axis.to - axis.from);
};

// The iterations of a fit, step by step: {steps: [{theta, words}], curve: {function, grid, x, y}, path: {i, j, x, y}}.
// A curve is the law itself, computed here from the parameters of the step; a path marks the step in a landscape.
educe.scenes.replay = (place, scene) => {
  const curve = place.querySelector(".moving-curve");
  const marks = place.querySelectorAll(".moving-mark");
  const law = scene.curve && educe.functions[scene.curve.function];
  const within = (value, end) => Math.max(Math.min(end.from, end.to) - 60, Math.min(Math.max(end.from, end.to) + 60, value));
  const draw = (theta) => {
    const { grid, x, y } = scene.curve;
    let path = "";
    let pen = "M";
    for (const value of grid) {
      const height = law([value], theta);
      if (!Number.isFinite(height)) {
        pen = "M";
        continue;
      }
      path += pen + educe.pixel(x, value).toFixed(1) + " " + within(educe.pixel(y, height), y).toFixed(1);
      pen = "L";
    }
    curve.setAttribute("d", path);
  };
  const move = (k) => {
    const theta = scene.steps[k].theta;
    if (curve) draw(theta);
    for (const mark of marks) {
      const { i, j, x, y } = scene.path;
      mark.setAttribute("cx", within(educe.pixel(x, theta[i]), x));
      mark.setAttribute("cy", within(educe.pixel(y, j === null ? scene.steps[k].cost : theta[j]), y));
    }
  };
  educe.player(place, scene.steps.length, move, (k) => scene.steps[k].words, scene.group);
};

// A surface over two inputs, with points: {x, y, z, points, labels, ends, ticks, azimuth, elevation}. Turned by dragging,
// by the arrow keys and by two sliders.
educe.scenes.surface = (place, scene) => {
  const drawn = place.querySelector("svg");
  const canvas = educe.make("canvas", { tabIndex: 0 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", place.getAttribute("aria-label") + " The arrow keys turn it.");
  drawn.replaceWith(canvas);
  const view = { azimuth: scene.azimuth, elevation: scene.elevation };
  const [endX, endY, endZ] = scene.ends;
  const unit = (value, [low, high]) => (2 * value - low - high) / (high - low || 1);
  const stops = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"].map((hex) =>
    [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)),
  );
  const colour = (share) => {
    const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    return `rgb(${stops[k].map((low, c) => Math.round(low + (stops[k + 1][c] - low) * (at - k)))})`;
  };
  const tint = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
  const draw = () => {
    const width = place.clientWidth;
    const height = Math.round((width * 400) / 480);
    const ratio = devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = height + "px";
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const size = (140 / 480) * width;
    const [c, s] = [Math.cos(view.azimuth), Math.sin(view.azimuth)];
    const [ce, se] = [Math.cos(view.elevation), Math.sin(view.elevation)];
    const seen = (x, y, z) => {
      const [u, v, w] = [unit(x, endX), unit(y, endY), 0.62 * unit(z, endZ)];
      const along = s * u + c * v;
      return [width / 2 + size * (c * u - s * v), height / 2 + 4 - size * (ce * w + se * along), se * w - ce * along];
    };
    pen.strokeStyle = tint("--quiet");
    pen.beginPath();
    const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([a, b]) => [endX[a], endY[b]]);
    const floor = corners.map(([x, y]) => seen(x, y, endZ[0]));
    floor.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    const left = corners[floor.reduce((best, p, k) => (p[0] < floor[best][0] ? k : best), 0)];
    const [foot, top] = [seen(...left, endZ[0]), seen(...left, endZ[1])];
    pen.moveTo(foot[0], foot[1]);
    pen.lineTo(top[0], top[1]);
    pen.stroke();
    const parts = [];
    const at = scene.z.map((row, j) => row.map((z, i) => (z === null ? null : seen(scene.x[i], scene.y[j], z))));
    for (let j = 0; j + 1 < scene.y.length; j++) {
      for (let i = 0; i + 1 < scene.x.length; i++) {
        const four = [at[j][i], at[j][i + 1], at[j + 1][i + 1], at[j + 1][i]];
        if (four.includes(null)) continue;
        const z = (scene.z[j][i] + scene.z[j][i + 1] + scene.z[j + 1][i + 1] + scene.z[j + 1][i]) / 4;
        parts.push({ near: (four[0][2] + four[1][2] + four[2][2] + four[3][2]) / 4, four, z });
      }
    }
    for (const point of scene.points) {
      const spot = seen(...point);
      parts.push({ near: spot[2] + 0.02, spot });
    }
    parts.sort((a, b) => a.near - b.near);
    const [ink, paper] = [tint("--ink"), tint("--paper")];
    for (const { four, spot, z } of parts) {
      pen.beginPath();
      if (four) {
        four.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        pen.closePath();
        pen.fillStyle = pen.strokeStyle = colour((z - endZ[0]) / (endZ[1] - endZ[0] || 1));
        pen.lineWidth = 0.7;
      } else {
        pen.arc(spot[0], spot[1], Math.max(1.6, width / 230), 0, 7);
        pen.fillStyle = ink;
        pen.strokeStyle = paper;
        pen.lineWidth = 0.6;
      }
      pen.fill();
      pen.stroke();
    }
    const say = (words, [x, y], dx, dy, strong) => {
      pen.font = `${Math.max(11, Math.min(14, width / 36))}px system-ui, sans-serif`;
      pen.fillStyle = tint(strong ? "--ink" : "--quiet");
      const half = pen.measureText(words).width / 2;
      pen.textAlign = "center";
      pen.fillText(words, Math.max(half + 2, Math.min(width - half - 2, x + dx)), y + dy, width - 8);
    };
    // each axis is named at its nearest edge, pushed away from the middle of the floor
    const middle = [width / 2, floor.reduce((sum, p) => sum + p[1], 0) / 4];
    const away = (p, far) => {
      const length = Math.hypot(p[0] - middle[0], p[1] - middle[1]) || 1;
      return [((p[0] - middle[0]) / length) * far, ((p[1] - middle[1]) / length) * far * 0.8 + 5];
    };
    const edge = (axis) => {
      const choices = [0, 1].map((k) => [0, 1].map((e) => (axis ? seen(endX[k], endY[e], endZ[0]) : seen(endX[e], endY[k], endZ[0]))));
      return choices[0][0][1] + choices[0][1][1] > choices[1][0][1] + choices[1][1][1] ? choices[0] : choices[1];
    };
    for (const axis of [0, 1]) {
      const [from, to] = edge(axis);
      const between = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
      const [dx, dy] = away(between, 30);
      const inwards = (p, q, k) => [p[0] + (q[0] - p[0]) * 0.08, p[1] + (q[1] - p[1]) * 0.08, k];
      say(scene.ticks[axis][0], inwards(from, to), ...away(between, 15), false);
      say(scene.ticks[axis][1], inwards(to, from), ...away(between, 15), false);
      say(scene.labels[axis], between, dx, dy, true);
    }
    say(scene.ticks[2][0], foot, -18, -4, false);
    say(scene.ticks[2][1], top, -18, 4, false);
    pen.textAlign = "left";
    pen.fillStyle = ink;
    pen.fillText(scene.labels[2], 4, 16, width - 8);
  };
  const slider = (words, low, high, name) => {
    const input = educe.make("input", { type: "range", min: low, max: high, step: 0.01, value: view[name] });
    input.setAttribute("aria-label", words);
    input.addEventListener("input", () => {
      view[name] = +input.value;
      draw();
    });
    place.append(educe.make("div", { className: "moves" }, educe.make("span", { textContent: words, ariaHidden: "true" }), input));
    return input;
  };
  const turn = slider("Turn", -3.14, 3.14, "azimuth");
  const tilt = slider("Tilt", 0.05, 1.5, "elevation");
  const set = (azimuth, elevation) => {
    view.azimuth = ((azimuth + 9.42) % 6.28) - 3.14;
    view.elevation = Math.min(1.5, Math.max(0.05, elevation));
    turn.value = view.azimuth;
    tilt.value = view.elevation;
    draw();
  };
  const keys = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    set(view.azimuth + keys[event.key][0], view.elevation + keys[event.key][1]);
  });
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) set(view.azimuth + event.movementX * 0.01, view.elevation + event.movementY * 0.01);
  });
  new ResizeObserver(draw).observe(place);
  document.querySelector(".bar").addEventListener("change", draw);
  for (const asked of ["(prefers-color-scheme: dark)", "print"]) matchMedia(asked).addEventListener("change", draw);
};

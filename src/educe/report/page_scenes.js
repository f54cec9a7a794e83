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
      mark.setAttribute("cy", within(educe.pixel(y, theta[j]), y));
    }
  };
  educe.player(place, scene.steps.length, move, (k) => scene.steps[k].words);
};

// A network that learns: {layers, frames: [{theta, words}], middle, unit, exponential, and one of curve, map, dots}.
// The weights of every frame stand in the scene; what they say is computed here.
educe.network = (scene, theta, x) => {
  const { layers } = scene;
  let values = x;
  let at = 0;
  for (let k = 0; k + 1 < layers.length; k++) {
    const bend = educe.functions.bends[k];
    const biases = at + layers[k] * layers[k + 1];
    const next = new Array(layers[k + 1]);
    for (let i = 0; i < next.length; i++) {
      let sum = theta[biases + i];
      for (let j = 0; j < values.length; j++) sum += theta[at++] * values[j];
      next[i] = bend(sum);
    }
    at = biases + next.length;
    values = next;
  }
  const value = scene.middle + scene.unit * values[0];
  return scene.exponential ? Math.exp(value) : value;
};

educe.between = (stops, share) => {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const k = Math.min(Math.floor(place), stops.length - 2);
  const part = (c) =>
    Math.round(
      parseInt(stops[k].slice(c, c + 2), 16) * (k + 1 - place) + parseInt(stops[k + 1].slice(c, c + 2), 16) * (place - k),
    );
  return `rgb(${part(0)},${part(2)},${part(4)})`;
};

educe.scenes.training = (place, scene) => {
  const says = (theta) => (x) => educe.network(scene, theta, x);
  const clipped = (axis, pixel, room) =>
    Math.max(Math.min(axis.from, axis.to) - room, Math.min(Math.max(axis.from, axis.to) + room, pixel));
  const draw = {
    curve(theta) {
      const { grid, inputs, x, y } = scene.curve;
      const values = inputs.map(says(theta));
      const path = values.map((v, k) => educe.pixel(x, grid[k]).toFixed(1) + " " + clipped(y, educe.pixel(y, v), 60).toFixed(1));
      place.querySelector(".moving-curve").setAttribute("d", "M" + path.join("L"));
    },
    map(theta) {
      const { inputs, low, high, stops } = scene.map;
      const cells = place.querySelectorAll(".moving-cells rect");
      inputs.map(says(theta)).forEach((v, k) => cells[k].setAttribute("fill", educe.between(stops, (v - low) / (high - low || 1))));
    },
    dots(theta) {
      const { inputs, y } = scene.dots;
      const dots = place.querySelectorAll(".moving-dots circle");
      inputs.map(says(theta)).forEach((v, k) => dots[k].setAttribute("cy", clipped(y, educe.pixel(y, v), 0)));
    },
  };
  const kind = ["curve", "map", "dots"].find((name) => scene[name]);
  educe.player(place, scene.frames.length, (k) => draw[kind](scene.frames[k].theta), (k) => scene.frames[k].words);
};

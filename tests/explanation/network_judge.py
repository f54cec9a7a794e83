"""Every number of an explained network computed again, by NumPy alone, from the file of the network.

Derivatives are complex steps: exact to rounding, and no part of the formulas that are judged.
"""

import math
import re
from itertools import pairwise

import numpy as np

STEP = 1e-30
BENDS = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "sin": np.sin,
    "softplus": lambda z: np.log1p(np.exp(z)),
    "identity": lambda z: z,
}
LOSSES = {
    "mse": lambda f, y, _: (f - y) ** 2,
    "poisson": lambda f, y, _: np.exp(f) - y * f,
    "huber": lambda f, y, d: np.where(
        np.abs((f - y).real) <= d, (f - y) ** 2, 2 * d * (f - y) * np.sign((f - y).real) - d * d
    ),
}


def slope(function, at):
    """Return the derivative of a function by each entry of a vector; the function's value may be an array."""
    moved = np.asarray(at, dtype=complex)
    found = []
    for j in range(len(moved)):
        one = moved.copy()
        one[j] += 1j * STEP
        found.append(np.imag(function(one)) / STEP)
    return np.array(found)


class Judge:
    """saved : what `to_saved` wrote."""

    def __init__(self, saved):
        self.saved, self.summary = saved, saved["summary"]
        self.layers = self.summary["layers"]
        self.hidden, self.last = BENDS[self.summary["activation"]], BENDS[self.summary["output"]]
        self.scaled = np.array(saved["theta"])
        hidden = self.layers[1:-1]
        of = [
            t["networks"] for t in self.summary["tried"] if [t["networks"] * w for w in t["hidden"]] == hidden
        ]
        self.members = max(of, default=1)  # networks whose average this is, side by side
        self.alone = [self.layers[0], *(w // self.members for w in hidden), 1]
        s = saved["scales"]
        self.centre, self.spread = np.array(s["centre"]), np.array(s["spread"])
        self.middle, self.unit = s["middle"], s["unit"]
        rows = saved["rows"]
        self.X, self.y, self.w = (np.array(rows[name]) for name in ("X", "y", "weights"))
        self.bend = saved["bend"] or 1.0
        self.theta, self.scale, self.shift = self._folded()

    @property
    def size(self):
        """Parameters of one network of the average."""
        return sum(o * (i + 1) for i, o in pairwise(self.alone))

    def _blocks(self, theta):
        at = 0
        layers = self.alone if len(theta) == self.size else self.layers
        for i, o in pairwise(layers):
            yield theta[at : at + i * o].reshape(o, i), theta[at + i * o : at + i * o + o]
            at += i * o + o

    def _folded(self):
        """Return the network in measured units: its parameters, scale and shift."""
        blocks = [[W.copy(), b.copy()] for W, b in self._blocks(self.scaled)]
        blocks[0][1] -= (blocks[0][0] / self.spread) @ self.centre
        blocks[0][0] /= self.spread
        scale, shift = self.unit, self.middle
        if self.summary["output"] == "identity":
            blocks[-1][0] *= self.unit
            blocks[-1][1] = blocks[-1][1] * self.unit + self.middle
            scale, shift = 1.0, 0.0
        return np.concatenate([part.ravel() for block in blocks for part in block]), scale, shift

    def forward(self, theta, X, moved=None):
        """Return sums and values of every layer at inputs (n, d); moved : {layer: added to its sums}."""
        sums, values = [], [np.asarray(X).T]
        for k, (W, b) in enumerate(self._blocks(theta)):
            Z = W @ values[-1] + b[:, None]
            if moved and k in moved:
                Z = Z + moved[k][:, None]
            sums.append(Z)
            values.append((self.last if k == len(self.layers) - 2 else self.hidden)(Z))
        return sums, values

    def output(self, theta, X):
        return self.shift + self.scale * self.forward(theta, X)[1][-1][0]

    def one(self, f, y, bend):
        return LOSSES[self.summary["loss"]](f, y, bend)

    # --- one row --------------------------------------------------------------------------------

    def row(self, page):
        x = np.array([[page[f"row.x.{i}"] for i in range(self.layers[0])]])
        return x, page["row.y"]

    def row_loss(self, theta, page):
        x, y = self.row(page)
        return self.one(self.output(theta, x)[0], y, self.bend)

    def delta(self, page, k):
        x, y = self.row(page)

        def loss(moved):
            f = self.shift + self.scale * self.forward(self.theta, x, {k: moved})[1][-1][0, 0]
            return self.one(f, y, self.bend)

        return slope(loss, np.zeros(self.layers[k + 1]))

    # --- training -------------------------------------------------------------------------------

    @property
    def rho(self):
        t = (self.y - self.middle) / self.unit
        share = np.average((t - np.average(t, weights=self.w)) ** 2, weights=self.w)
        if self.summary["optimizer"] != "levenberg-marquardt":
            share = 1.0
        return self.summary["penalty"] * share / (self.w.mean() * max(self.summary["n"], len(self.y)))

    def scaled_outputs(self, theta):
        return self.forward(theta, (self.X - self.centre) / self.spread)[1][-1][0]

    def loss(self, theta):
        t = (self.y - self.middle) / self.unit
        each = self.one(self.scaled_outputs(theta), t, self.bend / self.unit)
        return np.mean(each * self.w / self.w.mean()) + self.rho * self._squares(theta)

    def _squares(self, theta):
        return sum(np.sum(W**2) for W, _ in self._blocks(theta))

    def start(self, page):
        return np.array([page[f"start.{j}"] for j in range(self.size)])

    def eigenvalues(self, theta, *, measured=False):
        f = (lambda p: self.output(p, self.X)) if measured else self.scaled_outputs
        J = slope(f, theta)
        told = f(theta)
        second = {"mse": 2.0 + 0 * told, "poisson": np.exp(told)}.get(self.summary["loss"])
        if second is None:
            far = np.abs((told if measured else told * self.unit + self.middle) - self.y)
            second = 2.0 * (far <= self.bend)
        H = (J * (second * self.w / self.w.mean() / len(self.y))) @ J.T
        if not measured:
            mask = np.concatenate(
                [np.r_[np.ones(W.size), np.zeros(b.size)] for W, b in self._blocks(self.theta)]
            )
            H += 2 * self.rho * np.diag(mask)
        values = np.linalg.eigvalsh(H)
        return values[values > 1e-13 * values[-1]]

    # --- by name --------------------------------------------------------------------------------

    def of(self, key, page):
        """Return what the number of this name must be; NotImplementedError for a name that is not known."""
        name, *places = key.split(".")
        places = [int(p) if p.isdigit() else p for p in places]
        method = getattr(self, f"_{name}", None)
        if method is None:
            raise NotImplementedError(key)
        return method(places, page)

    def _theta(self, places, _):
        return self.theta[places[0]]

    def _network(self, places, _):
        return self.scale if places[0] == "scale" else self.shift

    def _row(self, places, page):
        what, *at = places
        x, y = self.row(page)
        sums, values = self.forward(self.theta, x)
        if what in ("x", "y"):
            rows = np.column_stack((self.X, self.y))
            assert np.any(np.all(rows == np.append(x, y), axis=1)), "the row was not measured"
            return page[".".join(["row", what, *map(str, at)])]
        if what in ("z", "a"):
            return (sums if what == "z" else values)[at[0]][at[1], 0]
        if what in ("g", "fd"):
            return slope(lambda p: self.row_loss(p, page), self.theta)[at[0]]
        if what == "D":
            return self.delta(page, at[0])[at[1]]
        if what == "bend":
            bend = self.last if at[0] == len(self.layers) - 2 else self.hidden
            return slope(lambda z: bend(z)[0], sums[at[0]][at[1]])[0]
        f = self.output(self.theta, x)[0]
        if what == "slope":
            return slope(lambda g: self.one(g[0], y, self.bend), np.array([f]))[0]
        if what == "worst":  # how far the two columns differ: judged by its size alone
            return None if page["row.worst"] < 1e-5 else 0.0
        return {"f": f, "loss": self.one(f, y, self.bend)}[what]

    def _start(self, places, page):
        if places[0] == "gradient":
            return slope(self.loss, self.start(page))[places[1]]
        if places[0] == "after":
            start = self.start(page)
            return (start - 0.2 * slope(self.loss, start))[places[1]]
        return page[f"start.{places[0]}"]

    def _step(self, places, page):
        start = self.start(page)
        g = slope(self.loss, start)
        before, after = self.loss(start), self.loss(start - 0.2 * g)
        return {
            "norm": math.sqrt(g @ g),
            "before": before,
            "after": after,
            "promise": 0.2 * g @ g,
            "gain": before - after,
        }[places[0]]

    def _curve(self, places, page):
        values = self.eigenvalues(self.scaled)
        condition = values[-1] / values[0]
        if places[0] == "unscaled":
            there = self.eigenvalues(self.theta, measured=True)
            return there[-1] / there[0]
        if places[0] == "start":
            return self.eigenvalues(self.start(page))[-1]
        return {
            "largest": values[-1],
            "least": values[0],
            "rate": 2.0 / values[-1],
            "condition": condition,
            "half": math.log(2.0) * condition / 2.0,
            "count": len(values),
            "flat": self.size - len(values),
        }[places[0]]

    def _summary(self, name):
        return lambda *_: self.summary[name]

    def _train_rmse(self, *_):
        f = self.output(self.theta, self.X)
        f = np.exp(f) if self.saved["link"] == "exp" else f
        return math.sqrt(np.average((f - self.y) ** 2, weights=self.w))

    def _influence(self, places, _):
        return math.sqrt(np.mean(self._slopes()[places[0]] ** 2)) * self.X.std(axis=0)[places[0]]

    def _slope(self, places, _):
        return self._slopes()[places[0]].mean()

    def _slopes(self):
        """Return df/dx_i at every row, (d, n)."""
        found = []
        for i in range(self.layers[0]):
            X = self.X.astype(complex)
            X[:, i] += 1j * STEP
            found.append(self.output(self.theta.astype(complex), X).imag / STEP)
        return np.array(found)

    def _nodes(self, places, _):
        W = list(self._blocks(self.theta))[-1][0][0]
        part = (W[:, None] * self.forward(self.theta, self.X)[1][-2])[places[1]] * self.scale
        return {"low": part.min(), "high": part.max(), "spread": part.std()}[places[0]]

    def _minima(self, places, _):
        if places[0] == "apart":
            return 0.0
        count = 1
        for width in self.layers[1:-1]:
            count *= math.factorial(width) * (2**width if self.summary["activation"] != "softplus" else 1)
        return count

    def _methods(self, places, page):
        if places[0] == "trained":
            return self.loss(self.scaled) - (self.members > 1) * self.rho * self._squares(self.scaled)
        raise NotImplementedError(places)

    def _averaged(self, *_):
        return self.members

    def _n(self, *_):
        return self.summary["n"]

    def _parameters(self, *_):
        return len(self.theta)

    def _coverage(self, places, _):
        return 100 * self.summary["coverage"]["0.95"]

    def _tried(self, places, _):
        return self.summary["tried"][places[0]][places[1]]

    def _region(self, places, _):
        column = self.X[:, places[1]]
        return column.min() if places[0] == "low" else column.max()

    def _end(self, places, _):
        return np.abs(slope(self.loss, self.scaled)).max()

    def _form(self, places, _):
        """Return how many symbols the text has when every a is replaced by what it stands for."""
        text = " ".join(["w a"] * self.layers[-2] + ["b"])
        for width in reversed(self.layers[:-2]):
            text = text.replace("a", "( " + " ".join(["w a"] * width + ["b"]) + " )")
        return len(re.findall("[wb]", text))


for _name in ("validation_rmse", "penalty", "epochs", "seed", "reached"):
    if _name == "reached":
        Judge._reached = lambda self, *_: self.summary["starts_at_best"]
    else:
        setattr(Judge, f"_{_name}", lambda self, *_, name=_name: self.summary[name])
Judge._starts = lambda self, *_: len(self.summary["starts"])
Judge._bend = lambda self, *_: self.saved["bend"]
Judge._rows = lambda self, *_: None
Judge._checked = lambda self, *_: len(self.saved["checked"]["y"])
Judge._replay = lambda self, *_: None
Judge._plane = lambda self, *_: None

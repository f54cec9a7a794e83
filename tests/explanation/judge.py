"""Every number of an explained law computed again, by NumPy and SciPy alone, from data and a function of the test's.

Derivatives are complex steps: exact to rounding, and no part of the formulas that are judged.
"""

import math
import re

import numpy as np
from scipy import stats

STEP = 1e-30


class Judge:
    """fit : to be judged;  function(columns, parameters) : the law, for complex parameters too."""

    def __init__(self, fit, function):
        self.fit, self.function = fit, function
        self.columns = {name: np.array(v) for name, v in fit.rows.columns.items()}
        self.y = np.array(fit.rows.response)
        self.w = np.ones(len(self.y)) if fit.rows.sigma is None else 1.0 / fit.rows.sigma
        self.names = fit.names
        self.best = {name: fit.params[name] for name in fit.names}
        self.others = {name: fit.params[name] for name in fit.params if name not in fit.names}

    def predicted(self, values):
        tied = {}
        if self.fit.ties:
            tied = dict.fromkeys(self.fit.ties, 2 * values["b"])  # the only tie of these fits: d = 2*b
        found = self.function(self.columns, {**self.others, **values, **tied})
        return np.broadcast_to(found, self.y.shape)

    def residuals(self, values):
        return self.w * (self.y - self.predicted(values))

    def jacobian(self, values):
        moved = ({**values, name: values[name] + 1j * STEP} for name in self.names)
        return self.w[:, None] * np.column_stack([self.predicted(v).imag / STEP for v in moved])

    def triangle(self, values):
        R = np.linalg.qr(np.column_stack([self.jacobian(values), self.residuals(values)]), mode="r")
        return R * np.where(R.diagonal() < 0, -1.0, 1.0)[:, None]

    @property
    def R(self):  # noqa: N802
        return self.triangle(self.best)

    @property
    def rss(self):
        return float((self.residuals(self.best) ** 2).sum())

    @property
    def scale(self):
        return 1.0 if self.fit.convention.sigma == "absolute" else self.rss / (len(self.y) - len(self.names))

    @property
    def inverse(self):
        return np.linalg.inv(self.R[:-1, :-1])

    @property
    def covariance(self):
        return self.scale * self.inverse @ self.inverse.T

    @property
    def t(self):
        dof = len(self.y) - len(self.names)
        return stats.norm.ppf(0.975) if self.fit.convention.sigma == "absolute" else stats.t.ppf(0.975, dof)

    def at_zero(self):
        return self.triangle(dict.fromkeys(self.names, 0.0))

    def of(self, key, page):
        """Return what a number should be. page : {key: value} of all, for what a walk says of itself."""
        for pattern, compute in RULES:
            match = re.fullmatch(pattern, key)
            if match:
                return compute(self, page, *match.groups())
        raise AssertionError(f"no judge for {key}")

    def walked(self, page, k):
        return {name: page[f"walk.{k}.theta.{name}"] for name in self.names}

    def cost(self, values):
        return float((self.residuals(values) ** 2).sum())

    def error(self, name):
        if name in self.names:
            k = self.names.index(name)
            return math.sqrt(self.covariance[k, k])
        return 2 * self.error("b") if name in self.fit.ties else 0.0

    def total(self):
        mean = np.average(self.y, weights=self.w**2)
        return float((self.w**2 * (self.y - mean) ** 2).sum())

    def log_likelihood(self):
        n, known = len(self.y), self.fit.convention.sigma == "absolute"
        weights = float(np.log(self.w).sum())
        if known:
            return weights - 0.5 * (self.rss + n * math.log(2 * math.pi))
        return weights - 0.5 * n * (math.log(2 * math.pi * self.rss / n) + 1)

    def counted(self):
        return len(self.names) + (self.fit.convention.sigma != "absolute")

    def matrix(self, which, i, j):
        found = {
            "triangle": lambda: self.R,
            "inverse": lambda: self.inverse,
            "covariance": lambda: self.covariance,
            "correlation": lambda: self.covariance / np.sqrt(np.outer(*[self.covariance.diagonal()] * 2)),
            "zero.R": lambda: self.at_zero()[:-1, :-1],
            "zero.z": lambda: self.at_zero()[:-1, -1:],
            "zero.theta": lambda: np.array([[self.best[name]] for name in self.names]),
        }[which]()
        return float(found[int(i), int(j)])

    def first_step(self, page, which, i, j):
        """Return the numbers of the damped step, from the normal equations, which the solver never forms."""
        start = self.walked(page, 0)
        R = self.triangle(start)
        D = np.sqrt((R[:-1, :-1] ** 2).sum(axis=0))
        A = R[:-1, :-1].T @ R[:-1, :-1] + page["walk.1.damping"] * np.diag(D**2)
        delta = np.linalg.solve(A, R[:-1, :-1].T @ R[:-1, -1])
        found = {"R": R[:-1, :-1], "z": R[:-1, -1:], "D": D[None, :], "delta": delta[:, None]}[which]
        return float(found[int(i), int(j)])

    def promised(self, page, k):
        """Return the reduction that the damped step promises: cost now, less what the straight line gives."""
        k = int(k)
        place = self.walked(page, k - 1)
        R, scale = self.triangle(place), np.zeros(len(self.names))
        for j in range(k):
            T = self.triangle(self.walked(page, j))
            scale = np.maximum(scale, (T[:-1, :-1] ** 2).sum(axis=0))
        J, z, damping = R[:-1, :-1], R[:-1, -1], page[f"walk.{k}.damping"]
        delta = np.linalg.solve(J.T @ J + damping * np.diag(scale), J.T @ z)
        model = float(((z - J @ delta) ** 2).sum())
        return float(z @ z) - model

    def gain_ratio(self, page, k):
        k = int(k)
        trial = self.cost(self.walked(page, k)) if page[f"walk.{k}.gain_ratio"] > 0 else None
        if trial is None:
            return page[f"walk.{k}.gain_ratio"]
        return (self.cost(self.walked(page, k - 1)) - trial) / page[f"walk.{k}.promised"]

    def straight(self, which):
        (x,) = (self.columns[name] for name in self.fit.law_variables)
        slope, height = np.polyfit(x, self.y, 1)
        across = ((x - x.mean()) * (self.y - self.y.mean())).sum()
        return {
            "mean.x": x.mean(),
            "mean.y": self.y.mean(),
            "sum.x": x.sum(),
            "sum.y": self.y.sum(),
            "sum.xy": across,
            "sum.xx": ((x - x.mean()) ** 2).sum(),
            "line.slope": slope,
            "line.height": height,
        }[which]


def _end(judge, sign, name):
    ties = judge.fit.params[name]
    return ties + sign * judge.t * judge.error(name)


def _column(judge, name, which):
    values = judge.columns[name] if name else judge.y
    return float(values[int(which)]) if which.isdigit() else float(getattr(values, which)())


RULES = (
    (r"n|rows\.kept", lambda j, p: len(j.y)),
    (r"rows\.drawn", lambda j, p: min(600, len(j.y))),
    (r"p", lambda j, p: len(j.names)),
    (r"p_plus_1", lambda j, p: len(j.names) + 1),
    (r"nonlinear", lambda j, p: len(j.names) - len(j.fit.linear)),
    (r"dof", lambda j, p: len(j.y) - len(j.names)),
    (r"left_out", lambda j, p: sum(j.fit.left_out.values())),
    (r"left_out\.(\d+)", lambda j, p, k: list(j.fit.left_out.values())[int(k)]),
    (r"rss", lambda j, p: j.rss),
    (r"triangle\.rho2", lambda j, p: j.rss),
    (r"scale", lambda j, p: j.scale),
    (r"s", lambda j, p: math.sqrt(j.scale)),
    (r"t", lambda j, p: j.t),
    (r"residual_standard_error|noise", lambda j, p: math.sqrt(j.rss / (len(j.y) - len(j.names)))),
    (r"r_squared", lambda j, p: 1 - j.rss / j.total()),
    (
        r"adjusted_r_squared",
        lambda j, p: 1 - (j.rss / j.total()) * (len(j.y) - 1) / (len(j.y) - len(j.names)),
    ),
    (r"chi_square", lambda j, p: j.rss),
    (r"reduced_chi_square", lambda j, p: j.rss / (len(j.y) - len(j.names))),
    (r"aic", lambda j, p: 2 * j.counted() - 2 * j.log_likelihood()),
    (
        r"aicc",
        lambda j, p: (
            2 * j.counted()
            - 2 * j.log_likelihood()
            + 2 * j.counted() * (j.counted() + 1) / (len(j.y) - j.counted() - 1)
        ),
    ),
    (r"bic", lambda j, p: j.counted() * math.log(len(j.y)) - 2 * j.log_likelihood()),
    (r"params\.(\w+)", lambda j, p, name: j.fit.params[name]),
    (r"stderr\.(\w+)", lambda j, p, name: j.error(name)),
    (r"lower\.(\w+)", lambda j, p, name: _end(j, -1, name)),
    (r"upper\.(\w+)", lambda j, p, name: _end(j, 1, name)),
    (r"column\.(\w+)\.(\w+)", lambda j, p, name, which: _column(j, name, which)),
    (r"response\.(\w+)", lambda j, p, which: _column(j, "", which)),
    (r"sigma\.(\d+)", lambda j, p, k: 1.0 / j.w[int(k)]),
    (r"fitted\.(\d+)", lambda j, p, k: j.predicted(j.best)[int(k)]),
    (r"weighted_residuals\.(\d+)", lambda j, p, k: j.residuals(j.best)[int(k)]),
    (r"squares\.(\d+)", lambda j, p, k: j.residuals(j.best)[int(k)] ** 2),
    (r"jacobian\.(\d+)\.(\w+)", lambda j, p, k, name: j.jacobian(j.best)[int(k), j.names.index(name)]),
    (
        r"(triangle|inverse|covariance|correlation|zero\.R|zero\.z|zero\.theta)\.(\d+)\.(\d+)",
        lambda j, p, *m: j.matrix(*m),
    ),
    (r"zero\.cost", lambda j, p: j.cost(dict.fromkeys(j.names, 0.0))),
    (r"walk\.steps", lambda j, p: max(int(k.split(".")[1]) for k in p if re.match(r"walk\.\d+\.cost", k))),
    (r"walk\.(\d+)\.cost", lambda j, p, k: j.cost(j.walked(p, k))),
    (r"walk\.1\.actual", lambda j, p: j.cost(j.walked(p, 0)) - j.cost(j.walked(p, 1))),
    (r"walk\.(\d+)\.promised", lambda j, p, k: j.promised(p, k)),
    (r"walk\.(\d+)\.gain_ratio", lambda j, p, k: j.gain_ratio(p, k)),
    (r"walk\.(R|z|D|delta)\.(\d+)\.(\d+)", lambda j, p, *m: j.first_step(p, *m)),
    (
        r"walk\.(\d+)\.(?:damping|theta\.\w+)",
        lambda j, p, k: None,
    ),  # where the walk went: judged by what follows
    (r"trace\.(\d+)\.(\w+)", lambda j, p, k, what: getattr(j.fit.trace[int(k)], what)),
    (r"started\.(\w+)", lambda j, p, name: j.fit.started[name]),
    (r"search\.(samples|rounds|agreed)", lambda j, p, what: getattr(j.fit.search, what)),
    (r"search\.(\d+)\.cost", lambda j, p, k: j.fit.search.starts[int(k)].cost),
    (r"search\.(\d+)\.(\w+)", lambda j, p, k, name: j.fit.search.starts[int(k)].theta[name]),
    (r"residuals\.expected", lambda j, p: 2 * stats.norm.sf(3) * len(j.y)),
    (r"residuals\.far", lambda j, p: int((np.abs(_standardised(j)) > 3).sum())),
    (r"tests\.(\d+)\.p", lambda j, p, k: j.fit.residual_tests[int(k)].p_value),
    (r"(mean\.\w|sum\.\w+|line\.\w+)", lambda j, p, which: j.straight(which)),
    (r"derived\.tau\.value", lambda j, p: 1 / j.best["k"]),
    (r"derived\.tau\.stderr", lambda j, p: j.error("k") / j.best["k"] ** 2),
    (r"derived\.tau\.lower", lambda j, p: 1 / j.best["k"] - j.t * j.error("k") / j.best["k"] ** 2),
    (r"derived\.tau\.upper", lambda j, p: 1 / j.best["k"] + j.t * j.error("k") / j.best["k"] ** 2),
)


def _standardised(judge):
    J = judge.jacobian(judge.best)
    leverage = ((J @ np.linalg.pinv(J)).diagonal()).real
    return judge.residuals(judge.best) / np.sqrt(judge.scale * (1 - leverage))

"""Reference values for src/readiness, computed with SciPy and NumPy by other ways than the program's.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python readiness.py > readiness.json

The program takes Beta-binomials from the ratios of neighbors and eliminates domains from the fit. Here they come from the
distribution's formula and from dense matrices. Random inputs are seeded: the file is the same at every run.
"""

import json
import math
from fractions import Fraction

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy import optimize, special, stats

RNG = np.random.default_rng(20261128)
PARTS = 12
ASSUMED = {
    "level": [0.5, 1.8],
    "offset_sd": 0.5,
    "growth": [0.3, 0.25],
    "half_life_responses": 150.0,
    "half_life_days": 1000.0,
    "day_sd": 0.15,
    "domain_day_sd": 0.1,
}


def intervals():
    pairs = [(1, 1), (1, 21), (21, 1), (3.5, 2.25), (0.4, 0.7), (120.5, 40.25), (2000, 700), (9.1, 88.8)]
    return [
        {"a": a, "b": b, "low": stats.beta.ppf(0.05, a, b), "high": stats.beta.ppf(0.95, a, b)} for a, b in pairs
    ]


def beta_binomials():
    rows = [(0, 2, 3), (1, 0.5, 0.5), (12, 1, 1), (17, 8.3, 4.1), (50, 30.5, 12.25), (65, 900, 400), (200, 2.5, 0.75)]
    return [{"slots": n, "a": a, "b": b, "chances": list(stats.betabinom.pmf(np.arange(n + 1), n, a, b))} for n, a, b in rows]


def partial_marks(marks):
    """The chances of 0 to 11 parts for marks below 1, with one mark of 0 added."""
    chances = [Fraction(0)] * PARTS
    chances[0] += 1
    for mark in marks:
        parts = mark * PARTS
        below = math.floor(parts)
        chances[below] += 1 - (parts - below)
        if parts > below:
            chances[below + 1] += parts - below
    return np.array([float(chance / (len(marks) + 1)) for chance in chances])


def right_slots(cases, slots):
    total = np.zeros(sum(slots) + 1)
    for case in cases:
        form = np.array([1.0])
        for (a, b), n in zip(case["shares"], slots):
            form = np.convolve(form, stats.betabinom.pmf(np.arange(n + 1), n, a, b))
        total += case["weight"] * form
    return total


def points(right, partial):
    slots = len(right) - 1
    total = np.zeros(slots * PARTS + 1)
    for k, chance in enumerate(right):
        # Parts of the slots that are not right, by the power of their generating function at roots of unity.
        size = (slots - k) * PARTS + 1
        sums = np.fft.irfft(np.fft.rfft(partial, size) ** (slots - k), size) if slots > k else np.array([1.0])
        total[k * PARTS : k * PARTS + size] += chance * sums
    return total


def scaled(share, scale):
    return math.floor(scale["min"] + (scale["max"] - scale["min"]) * share + Fraction(1, 2))


def outcome(points, slots, scale):
    scores = [scaled(Fraction(parts, slots * PARTS), scale) for parts in range(len(points))]
    cumulated = np.cumsum(points)
    quantile = lambda share: scores[int(np.searchsorted(cumulated, share))]
    return {
        "pass_probability": float(sum(p for p, score in zip(points, scores) if score >= scale["pass_mark"])),
        "mean": float(np.dot(points, scores)),
        "low": quantile(0.05),
        "high": quantile(0.95),
    }


def forms():
    aws = {"min": 100, "max": 1000, "pass_mark": 700}
    flat = {"min": 0, "max": 100, "pass_mark": 75}
    thirds = [Fraction(1, 3), Fraction(1, 2), Fraction(0), Fraction(2, 3), Fraction(1, 4)]
    fifths = [Fraction(1, 5), Fraction(3, 5), Fraction(0), Fraction(7, 8)]
    rows = []
    for slots, scale, marks in [
        ([12, 15, 17, 6], aws, []),
        ([10, 12, 14, 7, 7], aws, []),
        ([26, 17, 10, 7], flat, []),
        ([8, 10, 13, 7, 6, 6], {"min": 1, "max": 1000, "pass_mark": 700}, thirds),
        ([5, 5], aws, fifths),
        ([3], aws, [Fraction(1, 2)] * 9),
    ]:
        for count in (1, 3):
            weights = RNG.dirichlet([3] * count)
            cases = [
                {"weight": w, "shares": [[m * s, (1 - m) * s] for m, s in zip(RNG.uniform(0.3, 0.95, len(slots)), RNG.uniform(2, 200, len(slots)))]}
                for w in weights
            ]
            right = right_slots(cases, slots)
            partial = partial_marks(marks)
            sums = points(right, partial)
            rows.append(
                {
                    "cases": cases,
                    "slots": slots,
                    "scale": scale,
                    "marks": [float(mark) for mark in marks],
                    "right": list(right),
                    "points": list(sums),
                    "partial_mean": float(np.dot(partial, np.arange(PARTS)) / PARTS),
                    "outcome": outcome(sums, sum(slots), scale),
                }
            )
    return rows


def share(mean, variance):
    """The Beta distribution of a logit-normal share, by Gauss-Hermite quadrature with five points."""
    nodes, weights = hermegauss(5)
    weights = weights / weights.sum()
    shares = special.expit(mean + math.sqrt(variance) * nodes)
    first = np.dot(weights, shares)
    spread = np.dot(weights, (shares - first) ** 2)
    strength = first * (1 - first) / spread - 1
    return [first * strength, (1 - first) * strength]


def shares():
    rows = [(0.0, 1.0), (1.3, 0.04), (-2.0, 0.5), (0.7, 2.5), (3.0, 0.2)]
    return [{"mean": m, "variance": v, "a": share(m, v)[0], "b": share(m, v)[1]} for m, v in rows]


def fit(domains, cells):
    """The mode by the gradient and Hessian of all parameters at once: level, growth, offsets."""
    (level, level_sd), (growth, growth_sd) = ASSUMED["level"], ASSUMED["growth"]
    center = np.array([level, growth] + [0.0] * domains)
    precision = np.diag([level_sd**-2, growth_sd**-2] + [ASSUMED["offset_sd"] ** -2] * domains)
    design = np.zeros((len(cells), domains + 2))
    for row, (domain, distance, _, _) in zip(design, cells):
        row[0], row[1], row[2 + domain] = 1, -distance, 1
    right, wrong = np.array([c[2] for c in cells]), np.array([c[3] for c in cells])

    def gradient(parameters):
        chance = special.expit(design @ parameters)
        return design.T @ (right - (right + wrong) * chance) - precision @ (parameters - center)

    def hessian(parameters):
        chance = special.expit(design @ parameters)
        return -(design.T * ((right + wrong) * chance * (1 - chance))) @ design - precision

    mode = optimize.root(gradient, center, jac=hessian, tol=1e-14).x
    for _ in range(3):
        mode = mode - np.linalg.solve(hessian(mode), gradient(mode))
    information = -hessian(mode)
    covariance = np.linalg.inv(information)
    today = np.hstack([np.ones((domains, 1)), np.zeros((domains, 1)), np.eye(domains)])
    own = 1 / np.diag(information)[2:]
    shared = today @ covariance @ today.T - np.diag(own) + ASSUMED["day_sd"] ** 2
    return {
        "means": list(today @ mode),
        "own": list(own + ASSUMED["domain_day_sd"] ** 2),
        "shared": [list(row) for row in shared],
        "growth": mode[1],
    }


def cells_of(domains, exposures, now):
    cells = {}
    for later, (domain, mark, at) in enumerate(reversed(exposures)):
        weight = 2 ** (-later / ASSUMED["half_life_responses"] - (now - at) / ASSUMED["half_life_days"])
        if weight < 0.002:
            break
        step = math.isqrt(later)
        cell = cells.setdefault((step, domain), [domain, (step + 0.5) / 10, 0.0, 0.0])
        cell[2 if mark >= 1 else 3] += weight
    return list(cells.values())


def cases_of(fitted, slots):
    chances = special.expit(np.array(fitted["means"]))
    pull = np.array(slots) * chances * (1 - chances)
    shared = np.array(fitted["shared"])
    moved = shared @ pull / math.sqrt(pull @ shared @ pull)
    nodes = 0.7 * np.arange(-5, 6)
    weights = np.exp(-(nodes**2) / 2)
    return [
        {"weight": w, "shares": [share(m + s * z, v) for m, s, v in zip(fitted["means"], moved, fitted["own"])]}
        for z, w in zip(nodes, weights / weights.sum())
    ]


def pass_probability(fitted, slots, partial, scale):
    return outcome(points(right_slots(cases_of(fitted, slots), slots), partial), sum(slots), scale)


def estimates():
    rows = []
    for slots, scale, count, ability, partial_share in [
        ([12, 15, 17, 6], {"min": 100, "max": 1000, "pass_mark": 700}, 20, 0.6, 0.0),
        ([12, 15, 17, 6], {"min": 100, "max": 1000, "pass_mark": 700}, 260, 0.8, 0.0),
        ([10, 12, 14, 7, 7], {"min": 100, "max": 1000, "pass_mark": 700}, 1200, 0.3, 0.0),
        ([8, 10, 13, 7, 6, 6], {"min": 1, "max": 1000, "pass_mark": 700}, 300, 0.5, 0.4),
    ]:
        domains = len(slots)
        exposures, now = [], 0.0
        for _ in range(count):
            now += float(RNG.exponential(0.4)) if RNG.random() < 0.1 else 0.0
            domain = int(RNG.integers(domains))
            right = RNG.random() < special.expit(ability + 0.3 * domain - 0.5)
            part = Fraction(int(RNG.integers(1, 4)), 4) if RNG.random() < partial_share else Fraction(0)
            exposures.append([domain, 1.0 if right else float(part), now])
        now += 3.0
        fitted = fit(domains, cells_of(domains, exposures, now))
        partial = partial_marks([Fraction(mark) for _, mark, _ in exposures if mark < 1])
        today = pass_probability(fitted, slots, partial, scale)
        # A round of ten questions in one domain, at the learner's own pace.
        raised = max(fitted["growth"], 0.05) * math.sqrt(10 * domains / 100)
        gains = []
        for domain in range(domains):
            means = list(fitted["means"])
            means[domain] += raised
            after = pass_probability({**fitted, "means": means}, slots, partial, scale)
            gains.append(after["pass_probability"] - today["pass_probability"])
        variances = [own + row[d] for d, (own, row) in enumerate(zip(fitted["own"], fitted["shared"]))]
        rows.append(
            {
                "slots": slots,
                "scale": scale,
                "exposures": exposures,
                "now": now,
                "fit": fitted,
                "shares": [share(m, v) for m, v in zip(fitted["means"], variances)],
                "outcome": today,
                "gains": gains,
            }
        )
    return rows


if __name__ == "__main__":
    vectors = {
        "assumed": ASSUMED,
        "intervals": intervals(),
        "beta_binomials": beta_binomials(),
        "shares": shares(),
        "forms": forms(),
        "estimates": estimates(),
    }
    print(json.dumps(vectors, indent=None, separators=(",", ":")))

"""Prints the table of SciPy's figures that the tests of src/statistics compare with: python make_table.py > table.json"""

import json
import math

import numpy as np
from scipy import special, stats

RNG = np.random.default_rng(20261005)


def summary(values):
    x = np.sort(np.array(values, dtype=float))
    n = len(x)
    half = stats.t.isf(0.025, n - 1) * stats.sem(x) if n > 1 else None
    q1, median, q3 = np.percentile(x, [25, 50, 75])
    return {
        "values": x.tolist(),
        "mean": x.mean(),
        "sd": x.std(ddof=1) if n > 1 else None,
        "ci95": [x.mean() - half, x.mean() + half] if n > 1 else None,
        "q1": q1,
        "median": median,
        "q3": q3,
    }


def comparison(a, b):
    a, b = np.sort(np.array(a, dtype=float)), np.sort(np.array(b, dtype=float))
    result = stats.ttest_ind(a, b, equal_var=False)
    interval = result.confidence_interval(0.95)
    n, m = len(a), len(b)
    df = n + m - 2
    pooled = math.sqrt(((n - 1) * a.var(ddof=1) + (m - 1) * b.var(ddof=1)) / df)
    correction = math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
    g = correction * (a.mean() - b.mean()) / pooled
    spread = stats.norm.ppf(0.975) * math.sqrt((n + m) / (n * m) + g * g / (2 * (n + m)))
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "difference": a.mean() - b.mean(),
        "ci95": [interval.low, interval.high],
        "t": result.statistic,
        "df": result.df,
        "p": result.pvalue,
        "hedges_g": g,
        "hedges_g_ci95": [g - spread, g + spread],
    }


def normal(n, mean=0.0, sd=1.0):
    return RNG.normal(mean, sd, n).tolist()


T = [0.001, 0.1, 0.5, 1, 1.959006, 2.5, 5, 10, 30, 100]
DF = [1, 1.5, 2, 3.7, 7.03056, 10, 30, 79.5, 100, 1000, 12345.6, 1e6]
WIKIPEDIA_A = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
WIKIPEDIA_B = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.0]
P = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]

print(
    json.dumps(
        {
            "two_sided": [[t, df, 2 * stats.t.sf(t, df)] for df in DF for t in T],
            "critical": [[p, df, stats.t.isf(p / 2, df)] for df in DF for p in (0.5, 0.05, 0.001)],
            "summaries": [
                summary(x)
                for x in (
                    [0.5],
                    [1, 2],
                    [3, 3, 3],
                    normal(7),
                    normal(100, 1e9, 1e-3),
                    normal(400, -5, 1e-6),
                    normal(150, 0.9, 0.02),
                )
            ],
            "comparisons": [
                comparison(a, b)
                for a, b in (
                    (WIKIPEDIA_A, WIKIPEDIA_B),
                    (normal(2), normal(2, 1)),
                    (normal(3), normal(50, 0.2, 3)),
                    (normal(200, 0.91, 0.02), normal(180, 0.9, 0.05)),
                    (normal(30, 1e4, 1), normal(30, 1e4 + 1, 1)),
                    (normal(20, 0, 1e-8), normal(20, 1e-8, 1e-8)),
                    (normal(10), normal(10, 40)),
                    (normal(100), normal(4, 0, 100)),
                )
            ],
            "holm": [P, [0.05, 0.12, 0.12, 0.03, 0.5, 0.12]],
        }
    )
)

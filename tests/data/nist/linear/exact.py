#!/usr/bin/env python3
"""The least-squares answers of the NIST StRD linear regression sets in exact rational arithmetic, 17 digits.
Run in this folder: python3 exact.py > exact.json"""
import csv, json
from fractions import Fraction as F
from decimal import Decimal as D, getcontext
getcontext().prec = 60
SETS = {"norris": 1, "pontius": 2, "noint1": 0, "noint2": 0, "filip": 10, "longley": None,
        "wampler1": 5, "wampler2": 5, "wampler3": 5, "wampler4": 5, "wampler5": 5}

def design(row, degree):
    if degree is None:
        return [F(1)] + [F(row["x%d" % k]) for k in range(1, 7)]
    x = F(row["x"])
    return [x] if degree == 0 else [x ** k for k in range(degree + 1)]

def inverse(a):
    n = len(a)
    m = [list(r) + [F(int(i == j)) for j in range(n)] for i, r in enumerate(a)]
    for i in range(n):
        pivot = m[i][i]
        m[i] = [v / pivot for v in m[i]]
        for k in range(n):
            if k != i and m[k][i]:
                f = m[k][i]
                m[k] = [u - f * v for u, v in zip(m[k], m[i])]
    return [r[n:] for r in m]

def number(f):
    return float(D(f.numerator) / D(f.denominator))

def root(f):
    return float((D(f.numerator) / D(f.denominator)).sqrt())

out = {}
for name, degree in SETS.items():
    rows = list(csv.DictReader(open(name + ".csv")))
    x = [design(r, degree) for r in rows]
    y = [F(r["y"]) for r in rows]
    p = len(x[0])
    inv = inverse([[sum(r[i] * r[j] for r in x) for j in range(p)] for i in range(p)])
    xy = [sum(r[i] * v for r, v in zip(x, y)) for i in range(p)]
    beta = [sum(inv[i][j] * xy[j] for j in range(p)) for i in range(p)]
    rss = sum((v - sum(b * u for b, u in zip(beta, r))) ** 2 for r, v in zip(x, y))
    s2 = rss / (len(y) - p)
    out[name] = {"estimate": [number(b) for b in beta], "se": [root(s2 * inv[i][i]) for i in range(p)],
                 "residual_sd": root(s2)}
print(json.dumps(out, indent=1))

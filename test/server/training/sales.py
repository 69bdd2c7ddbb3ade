"""Invented daily sales: time series of one store, of several, and of classes.

What the trees see is made from a series' past at the forecast point; series.c makes the same.
"""
import datetime

import numpy as np

from .common import SEED, describe, features_of, grow, number, predict, save_model, told, weigh, write_sample

DISTANCES = 7
HISTORY = 14			# days with a known target that a forecast point needs
FIRST = datetime.date(2023, 1, 2)
TARGET = "sales (actual)"


def sales(seed, level):
    """Three hundred days: a week's rhythm, a slow trend, promotions."""
    r = np.random.RandomState(SEED + seed)
    day = np.arange(300)
    promotion = (r.rand(300) < 0.15).astype(int)
    rhythm = np.array([1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 0.6])[day % 7]
    return (level * rhythm * (1 + day / 1500) * (1 + 0.3 * promotion) * r.normal(1, 0.05, 300)).round(1), promotion


def derived(target, promotion, at, distance):
    """The features of day at + distance, seen from day `at`."""
    then = at + distance
    return [target[at], target[at - 6:at + 1].mean(), target[then - 7], distance, then % 7, promotion[then]]


def samples(series):
    x, y = [], []
    for target, promotion in series:
        for at in range(HISTORY, len(target) - DISTANCES):
            for distance in range(1, DISTANCES + 1):
                x.append(derived(target, promotion, at, distance))
                y.append(target[at + distance])
    return np.array(x, dtype=np.float32), np.array(y)


def features(known_in_advance):
    names = [(f"{TARGET} (last)", "last"), (f"{TARGET} (7 day mean)", "mean"), (f"{TARGET} (7 days before)", "season"),
             ("forecast distance", "distance"), ("date (day of week)", "weekday")]
    made = [{"name": n, "type": "numeric", "made": how} for n, how in names]
    promotion = {"name": "promotion", "type": "numeric", "known_in_advance": True}
    return made + ([promotion] if known_in_advance else [])


def time_series(date_format, **more):
    return {"time_column": "date", "date_format": date_format, "step": 86400,
            "history": HISTORY, "distances": DISTANCES, **more}


def rows(series, date_format, stores=None, value=str):
    """The last four weeks and the week to come, whose targets are not known."""
    out = []
    for i, (target, promotion) in enumerate(series):
        for day in range(270 - 28, 270 + DISTANCES):
            row = {"date": (FIRST + datetime.timedelta(day)).strftime(date_format)}
            if stores:
                row["store"] = stores[i]
                row["promotion"] = number(promotion[day])
            out.append({**row, "sales": value(target[day]) if day < 270 else ""})
    return out


def single():
    series = [sales(10, 500)]
    x, y = samples(series)
    booster = grow(x[:, :5], y, {"objective": "reg:squarederror", "max_depth": 3, "eta": 0.25}, 20)
    save_model("sales_one", booster)
    describe("21", "regression", "daily sales of one store", "sales", model_file="sales_one.json",
             explanations="shap", time_series=time_series("%Y-%m-%d"), features=weigh(features(False), booster))
    write_sample("sales_one", rows(series, "%Y-%m-%d"), 100)
    error = abs(predict(booster, x[:, :5]) - y).mean()
    told(f"sales, one  mean absolute error on its own rows {error:.1f} of {y.mean():.1f}")


def several():
    series = [sales(11, 200), sales(12, 800), sales(13, 350)]
    x, y = samples(series)
    booster = grow(x, y, {"objective": "reg:squarederror", "max_depth": 3, "eta": 0.25}, 25)
    save_model("sales_several", booster)
    error = y - predict(booster, x)
    band = [[round(float(np.quantile(error[x[:, 3] == d], q)), 2) for d in range(1, DISTANCES + 1)] for q in (0.1, 0.9)]
    more = {"series_column": "store", "original_format": True,
            "intervals": {"size": 80, "low": band[0], "high": band[1]}}
    describe("22", "regression", "daily sales of several stores, with prediction intervals", "sales",
             model_file="sales_several.json", explanations="shap", time_series=time_series("%d.%m.%Y", **more),
             features=weigh(features(True), booster))
    write_sample("sales_several", rows(series, "%d.%m.%Y", ["Nord", "Süd", "3"]), 200)
    told(f"sales, some mean absolute error on its own rows {abs(predict(booster, x) - y).mean():.1f} of {y.mean():.1f}")


def classes():
    target, promotion = sales(14, 300)
    level = (target > 310).astype(float)
    x, y = samples([(level, promotion)])
    booster = grow(x[:, :5], y, {"objective": "binary:logistic", "max_depth": 2}, 20)
    save_model("sales_level", booster)
    describe("23", "binary", "is a day's sale low or high; no regular time step", "sales",
             model_file="sales_level.json", classes=["high", "low"], threshold=0.5, negative_first=True,
             explanations="xemp", time_series=time_series("%Y-%m-%dT%H:%M:%SZ", regular=False),
             features=[{**f, "exemplars": ["0", "1"] if f["name"].startswith("sales") else ["1", "3", "5"]}
                       for f in weigh(features(False), booster)])
    write_sample("sales_level", rows([(level, promotion)], "%Y-%m-%dT%H:%M:%SZ",
                                     value=lambda v: "high" if v else "low"), 100)
    told(f"sales, kind accuracy on its own rows {((predict(booster, x[:, :5]) > 0.5) == y).mean():.3f}")


def make():
    single()
    several()
    classes()

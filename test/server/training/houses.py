"""Invented houses: regressions with all that may come with one. Least squares, so that SHAP values add up to prices."""
import numpy as np

from .common import SEED, describe, features_of, grow, matrix, number, predict, save_model, told, weigh, write_sample

NAMES = ["area", "rooms", "year", "district", "heating"]
RULE = {"uncertain": "5ebad4735f11b33a38ff3e0d", "outlying": "5ebad4735f11b33a38ff3e0e",
        "rare": "5ebad4735f11b33a38ff3e0f", "error": "5ebad4735f11b33a38ff3e10"}


def house_rows(count):
    r = np.random.RandomState(SEED + 2)
    rows = []
    for i in range(count):
        area, year = int(r.randint(30, 260)), int(r.randint(1900, 2024))
        rooms, district = max(1, area // 28 + int(r.randint(-1, 2))), str(r.choice(["centre", "east", "hill", "port"]))
        heating = "" if r.rand() < 0.05 else str(r.choice(["gas", "heat pump", "oil"]))
        price = 20 + 2.1 * area + (year - 1900) * 0.4 + {"centre": 90, "east": 0, "hill": 60, "port": 20}[district]
        rows.append({"id": f"h{i + 1}", "area": number(area), "rooms": number(rooms), "year": number(year),
                     "district": district, "heating": heating, "price": number(round(price * r.normal(1, 0.08), 1))})
    return rows


def described(rows):
    """The features; a missing heating is no category."""
    return features_of([r for r in rows if r["heating"]], NAMES)


def governed(shared):
    """Approval workflow, prediction warnings, an association id, humility rules that note and that override."""
    rules = [{"ruleId": RULE["uncertain"], "ruleName": "Uncertain Prediction Trigger", "trigger": "uncertain",
              "low": 120, "high": 600, "action": "override", "override": 5220},
             {"ruleId": RULE["outlying"], "ruleName": "Outlying Input Trigger", "trigger": "outlying",
              "feature": "year", "low": 1910, "high": 2030, "action": "none"},
             {"ruleId": RULE["rare"], "ruleName": "Low Observation Region Trigger", "trigger": "rare",
              "feature": "heating", "values": ["oil"], "action": "none"}]
    describe("1d", "regression", "house price, governed", "price", approval="APPROVED",
             outlier={"low": 100, "high": 500}, association_id={"column": "id", "required": True}, humility=rules,
             **shared)
    error = [{"ruleId": RULE["error"], "ruleName": "Uncertain Prediction Trigger", "trigger": "uncertain",
              "low": 0, "high": 500, "action": "error"}]
    describe("1e", "regression", "house price, humility returns an error above 500", "price", approval="PENDING",
             humility=error, **shared)


def make():
    rows = house_rows(1200)
    y = np.array([float(r["price"]) for r in rows])
    features = described(rows)
    x = matrix(rows, features)
    booster = grow(x, y, {"objective": "reg:squarederror", "max_depth": 3, "eta": 0.25})
    save_model("houses", booster)
    shared = {"model_file": "houses.json", "explanations": "shap", "features": weigh(features, booster)}
    describe("25", "regression", "house price", "price", platform="datarobotServerless", **shared)
    governed(shared)
    write_sample("houses", rows, 40)
    told(f"houses      mean absolute error on its own rows {abs(predict(booster, x) - y).mean():.1f} of {y.mean():.1f}")

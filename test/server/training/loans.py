"""Invented loans: one binary model under the label styles that are met in the field, and awkward names."""
import numpy as np

from .common import SEED, describe, features_of, grow, matrix, number, predict, save_model, told, weigh, write_sample

NAMES = ["amount", "months", "income", "late_payments", "purpose", "employed"]
PURPOSES = ["car", "home", "school", "other"]
# the same features under names that a careless reader of headers trips over
AWKWARD = {"amount": "amount, \"gross\"", "months": "Größe in Monaten", "income": "income_PREDICTION",
           "late_payments": " late payments", "purpose": "THRESHOLD", "employed": "prediction"}


def loan_rows(count):
    r = np.random.RandomState(SEED)
    rows = []
    for i in range(count):
        amount, months = int(r.randint(5, 300)) * 100, int(r.choice([12, 24, 36, 60]))
        income, late = int(r.randint(15, 90)) * 1000, int(min(r.poisson(0.7), 5))
        purpose, employed = str(r.choice(PURPOSES)), bool(r.rand() < 0.8)
        risk = -2.2 + 3 * amount / income + 0.7 * late - 0.9 * employed + (purpose == "other") + months / 60
        rows.append({"id": i + 1, "amount": number(amount), "months": number(months), "income": number(income),
                     "late_payments": number(late), "purpose": purpose, "employed": "yes" if employed else "no",
                     "defaulted": int(r.rand() < 1 / (1 + np.exp(-risk)))})
    return rows


def make():
    rows = loan_rows(1500)
    x, y = matrix(rows, features_of(rows, NAMES)), np.array([r["defaulted"] for r in rows])
    booster = grow(x, y, {"objective": "binary:logistic", "max_depth": 3, "min_child_weight": 3})
    save_model("loans", booster)
    features = weigh(features_of(rows, NAMES), booster)
    shared = {"model_file": "loans.json", "threshold": 0.5, "explanations": "xemp", "features": features}
    describe("10", "binary", "loan default, labels 1 and 0", "defaulted", classes=["1", "0"], json_labels=[1, 0],
             **shared)
    describe("11", "binary", "loan default, labels 1.0 and 0.0, in JSON 1 and 0.0", "defaulted",
             classes=["1.0", "0.0"], json_labels=[1, 0.0], **{**shared, "threshold": 0.3})
    describe("12", "binary", "loan default, labels True and False", "defaulted", classes=["True", "False"],
             **{**shared, "explanations": "shap"})
    describe("13", "binary", "loan default, labels yes and no, in JSON 1 and 0", "defaulted", classes=["yes", "no"],
             json_labels=[1, 0], **shared)
    awkward = [{**f, "name": AWKWARD[f["name"]]} for f in features]
    describe("14", "binary", "loan default, awkward names", "said \"pays\", or_PREDICTION",
             classes=["no, \"never\"", "zahlt pünktlich_PREDICTION"], **{**shared, "features": awkward})
    write_sample("loans", rows)
    write_sample("awkward_loans", [{AWKWARD.get(k, k): v for k, v in r.items()} for r in rows])
    told(f"loans       accuracy on its own rows {((predict(booster, x) > 0.5) == y).mean():.3f}")

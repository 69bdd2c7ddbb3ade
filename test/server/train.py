#!/usr/bin/python3
"""Trains the stand-in server's models and writes the demo's held-out rows.

Run it only to change the models: the files it writes are committed, and neither the server nor the demo needs
Python. Debian packages: python3-xgboost python3-sklearn python3-statsmodels. The result is reproducible on the
same package versions: seeds are fixed and the trees are grown by one thread.

usage: train.py [MODELS_DIR [DATA_DIR]]     (default: models beside this file, and demo/data)
"""
import csv
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb
from sklearn.metrics import roc_auc_score
from statsmodels.datasets import anes96, randhie

HERE = pathlib.Path(__file__).resolve().parent
MODELS = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "models"
DATA = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE.parent.parent / "demo" / "data"
SEED = 20240229

PARTIES = ["strong Democrat", "weak Democrat", "independent, leans Democrat", "independent",
           "independent, leans Republican", "weak Republican", "strong Republican"]
EDUCATION = ["1-8 grades", "some high school", "high school graduate", "some college", "college degree",
             "master's degree", "PhD"]
# the middle of each bracket of the survey, in thousands of dollars; the last one is open
INCOME = [1.5, 4, 6, 8, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 16, 18.5, 21, 23.5, 27.5, 32.5, 37.5, 42.5, 47.5, 55,
          67.5, 82.5, 97.5, 120]


def held_out(count, block, share):
    """Choose whole blocks of neighbouring rows: in randhie they are often the years of one person."""
    blocks = np.arange((count + block - 1) // block)
    np.random.RandomState(SEED).shuffle(blocks)
    chosen = blocks[:int(len(blocks) * share)]
    return np.isin(np.arange(count) // block, chosen)


def number(value):
    """The shortest text of a number that reads back as the same double."""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))


def visits_rows():
    """randhie as an analyst would keep it: names that speak, the four health dummies back in one text column."""
    rows = []
    for i, r in enumerate(randhie.load_pandas().data.to_dict("records")):
        health = "good" if r["hlthg"] else "fair" if r["hlthf"] else "poor" if r["hlthp"] else "excellent"
        rows.append({"id": i + 1, "coinsurance_log": number(r["lncoins"]),
                     "deductible_plan": "individual" if r["idp"] else "family or none",
                     "incentive_log": number(r["lpi"]), "max_expense_log": number(r["fmde"]),
                     "physical_limit": number(r["physlm"]), "chronic_diseases": number(r["disea"]),
                     "health": health, "visits": number(r["mdvis"])})
    return rows


def voter_rows():
    """anes96 with its codes written out; `party` is the seven steps of the survey in three."""
    rows = []
    for i, r in enumerate(anes96.load_pandas().data.to_dict("records")):
        pid = int(r["PID"])
        rows.append({"id": i + 1, "population": number(r["popul"] * 1000), "tv_news_days": number(r["TVnews"]),
                     "own_ideology": number(r["selfLR"]), "clinton_ideology": number(r["ClinLR"]),
                     "dole_ideology": number(r["DoleLR"]), "party_identification": PARTIES[pid],
                     "age": number(r["age"]), "education": EDUCATION[int(r["educ"]) - 1],
                     "income": number(INCOME[int(r["income"]) - 1] * 1000),
                     "vote": "Dole" if r["vote"] else "Clinton",
                     "party": "Democrat" if pid < 2 else "Republican" if pid > 4 else "Independent"})
    return rows


def table_of(rows, name):
    """Categories of a text column, in order of first appearance sorted by name, so that codes are stable."""
    return sorted({r[name] for r in rows})


def features_of(rows, names):
    features = []
    for name in names:
        try:
            float(rows[0][name])
            features.append({"name": name, "type": "numeric"})
        except ValueError:
            features.append({"name": name, "type": "text", "categories": table_of(rows, name)})
    return features


def matrix(rows, features):
    def code(feature, text):
        return float(text) if feature["type"] == "numeric" else feature["categories"].index(text)
    return np.array([[code(f, r[f["name"]]) for f in features] for r in rows], dtype=np.float32)


def train(rows, test, features, target, parameters, rounds):
    """Grow the trees on the rows that are not held out."""
    x = matrix(rows, features)
    base = {"eta": 0.1, "tree_method": "exact", "nthread": 1, "seed": SEED, "verbosity": 0}
    booster = xgb.train({**base, **parameters}, xgb.DMatrix(x[~test], target[~test]), num_boost_round=rounds)
    return booster, booster.predict(xgb.DMatrix(x[test]))


def save(number_, kind, label, target, booster, features, **more):
    name = f"{kind}.json"
    booster.save_model(MODELS / name)
    description = {"id": f"5f{number_:022x}", "label": label, "model_id": f"6a{number_:022x}", "kind": kind,
                   "target": target, "model_file": name, **more, "features": features}
    with open(MODELS / f"{description['id']}.json", "w") as out:
        json.dump(description, out, indent=2)
        out.write("\n")


def write_rows(name, rows):
    with open(DATA / name, "w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def regression():
    rows = visits_rows()
    test = held_out(len(rows), 50, 0.25)
    names = [n for n in rows[0] if n not in ("id", "visits")]
    features = features_of(rows, names)
    y = np.array([float(r["visits"]) for r in rows])
    booster, p = train(rows, test, features, y, {"objective": "count:poisson", "max_depth": 3, "subsample": 0.7,
                                                 "min_child_weight": 100}, 60)
    save(1, "regression", "doctor visits in a year (RAND)", "visits", booster, features)
    write_rows("visits.csv", [r for r, t in zip(rows, test) if t])
    mean = y[~test].mean()
    print(f"regression  {test.sum()} rows held out: mean absolute error {abs(p - y[test]).mean():.3f} "
          f"(always the mean: {abs(mean - y[test]).mean():.3f}), "
          f"R2 {1 - ((p - y[test]) ** 2).sum() / ((y[test] - mean) ** 2).sum():.3f}")


def binary(rows, test):
    names = ["population", "tv_news_days", "own_ideology", "clinton_ideology", "dole_ideology",
             "party_identification", "age", "education", "income"]
    features = features_of(rows, names)
    y = np.array([float(r["vote"] == "Dole") for r in rows])
    booster, p = train(rows, test, features, y, {"objective": "binary:logistic", "max_depth": 3, "subsample": 0.7,
                                                 "min_child_weight": 3}, 60)
    save(2, "binary", "expected vote in 1996 (ANES)", "vote", booster, features, positive_class="Dole",
         negative_class="Clinton", threshold=0.5, json_prediction="label")
    print(f"binary      {test.sum()} rows held out: accuracy {((p > 0.5) == y[test]).mean():.3f} "
          f"(always Clinton: {(y[test] == 0).mean():.3f}), AUC {roc_auc_score(y[test], p):.3f}")


def multiclass(rows, test):
    classes = ["Democrat", "Independent", "Republican"]
    names = ["population", "tv_news_days", "own_ideology", "clinton_ideology", "dole_ideology", "age", "education",
             "income", "vote"]
    features = features_of(rows, names)
    y = np.array([classes.index(r["party"]) for r in rows])
    booster, p = train(rows, test, features, y, {"objective": "multi:softprob", "num_class": 3, "max_depth": 3,
                                                 "subsample": 0.7, "min_child_weight": 5}, 40)
    save(3, "multiclass", "party identification in 1996 (ANES)", "party", booster, features, classes=classes)
    top = np.bincount(y[~test]).argmax()
    print(f"multiclass  {test.sum()} rows held out: accuracy {(p.argmax(axis=1) == y[test]).mean():.3f} "
          f"(always {classes[top]}: {(y[test] == top).mean():.3f})")


def main():
    MODELS.mkdir(parents=True, exist_ok=True)
    DATA.mkdir(parents=True, exist_ok=True)
    regression()
    rows = voter_rows()
    test = held_out(len(rows), 1, 0.3)
    write_rows("voters.csv", [r for r, t in zip(rows, test) if t])
    binary(rows, test)
    multiclass(rows, test)


main()

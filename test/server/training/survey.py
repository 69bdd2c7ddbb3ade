"""Models on two public surveys of the statsmodels package; the demo uses their held-out rows."""
import numpy as np
from sklearn.metrics import roc_auc_score
from statsmodels.datasets import anes96, randhie

from .common import (SEED, describe, features_of, grow, matrix, number, predict, save_model, told, weigh,
                     write_rows)
from . import common

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


def train(name, rows, test, features, y, parameters, rounds):
    """Grow the trees on the rows that are not held out; the features weighed, and predictions for the others."""
    x = matrix(rows, features)
    booster = grow(x[~test], y[~test], {"subsample": 0.7, "max_depth": 3, **parameters}, rounds)
    save_model(name, booster)
    return weigh(features, booster), predict(booster, x[test])


def regression():
    rows = visits_rows()
    test = held_out(len(rows), 50, 0.25)
    features = features_of(rows, [n for n in rows[0] if n not in ("id", "visits")])
    y = np.array([float(r["visits"]) for r in rows])
    features, p = train("regression", rows, test, features, y, {"objective": "count:poisson",
                                                                "min_child_weight": 100}, 60)
    describe("01", "regression", "doctor visits", "visits", model_file="regression.json",
             directory="visits", explanations="shap", association_id={"column": "id"}, features=features)
    write_rows(common.DATA, "visits", [r for r, t in zip(rows, test) if t])
    mean = y[~test].mean()
    told(f"regression  {test.sum()} rows held out: mean absolute error {abs(p - y[test]).mean():.3f} "
         f"(always the mean: {abs(mean - y[test]).mean():.3f}), "
         f"R2 {1 - ((p - y[test]) ** 2).sum() / ((y[test] - mean) ** 2).sum():.3f}")


def binary(rows, test):
    names = ["population", "tv_news_days", "own_ideology", "clinton_ideology", "dole_ideology",
             "party_identification", "age", "education", "income"]
    y = np.array([float(r["vote"] == "Dole") for r in rows])
    features, p = train("binary", rows, test, features_of(rows, names), y,
                        {"objective": "binary:logistic", "min_child_weight": 3}, 60)
    describe("02", "binary", "expected vote", "vote", model_file="binary.json", directory="vote",
             classes=["Dole", "Clinton"], threshold=0.5, explanations="xemp", association_id={"column": "id"},
             features=features)
    told(f"binary      {test.sum()} rows held out: accuracy {((p > 0.5) == y[test]).mean():.3f} "
         f"(always Clinton: {(y[test] == 0).mean():.3f}), AUC {roc_auc_score(y[test], p):.3f}")


def multiclass(rows, test):
    classes = ["Democrat", "Independent", "Republican"]
    names = ["population", "tv_news_days", "own_ideology", "clinton_ideology", "dole_ideology", "age", "education",
             "income", "vote"]
    y = np.array([classes.index(r["party"]) for r in rows])
    features, p = train("multiclass", rows, test, features_of(rows, names), y,
                        {"objective": "multi:softprob", "num_class": 3, "min_child_weight": 5}, 40)
    describe("03", "multiclass", "voter party", "party", model_file="multiclass.json",
             directory="party", classes=classes, explanations="xemp", association_id={"column": "id"},
             features=features)
    top = np.bincount(y[~test]).argmax()
    told(f"multiclass  {test.sum()} rows held out: accuracy {(p.argmax(axis=1) == y[test]).mean():.3f} "
         f"(always {classes[top]}: {(y[test] == top).mean():.3f})")


def make():
    regression()
    rows = voter_rows()
    test = held_out(len(rows), 1, 0.3)
    write_rows(common.DATA, "voters", [r for r, t in zip(rows, test) if t])
    binary(rows, test)
    multiclass(rows, test)

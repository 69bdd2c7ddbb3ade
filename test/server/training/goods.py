"""Invented goods: several classes with awkward and numeric labels, and several labels at once."""
import numpy as np

from .common import SEED, describe, features_of, grow, matrix, number, predict, save_model, told, weigh, write_sample

NAMES = ["price", "weight", "material", "sleeves"]
MATERIALS = ["cotton", "linen", "wool"]


def goods_rows(count):
    r = np.random.RandomState(SEED + 1)
    rows = []
    for i in range(count):
        material = str(r.choice(MATERIALS))
        price, weight = round(float(r.uniform(5, 120)), 2), int(r.randint(100, 900))
        sleeves = str(r.choice(["long", "none", "short"]))
        warm = weight / 300 + (material == "wool") + (sleeves == "long")
        rows.append({"id": i + 1, "price": number(price), "weight": number(weight), "material": material,
                     "sleeves": sleeves, "season": 2 if warm > 3 else 1 if warm > 1.8 else 0,
                     "red": int(r.rand() < 0.15 + price / 200), "wool": int(material == "wool" or r.rand() < 0.05),
                     "xl": int(weight > 500 and r.rand() < 0.9)})
    return rows


def seasons(rows, x):
    y = np.array([r["season"] for r in rows])
    booster = grow(x, y, {"objective": "multi:softprob", "num_class": 3, "max_depth": 2}, 15)
    save_model("seasons", booster)
    shared = {"model_file": "seasons.json", "explanations": "xemp",
              "features": weigh(features_of(rows, NAMES), booster)}
    describe("15", "multiclass", "season of a garment, awkward names", "season",
             classes=["été, \"chaud\"", "season", "season_PREDICTION"], **shared)
    describe("16", "multiclass", "season of a garment, labels 0 to 2", "season", classes=["0", "1", "2"],
             json_labels=[0, 1, 2], **shared)
    told(f"seasons     accuracy on its own rows {(predict(booster, x).argmax(axis=1) == y).mean():.3f}")


def tags(rows, x):
    y = np.array([[r["red"], r["wool"], r["xl"]] for r in rows])
    booster = grow(x, y, {"objective": "binary:logistic", "max_depth": 2}, 15)
    save_model("tags", booster)
    shared = {"model_file": "tags.json", "threshold": 0.5, "features": weigh(features_of(rows, NAMES), booster)}
    describe("17", "multilabel", "tags of a garment", "tags", classes=["red", "wool", "xl"], csv_prefix="target",
             **shared)
    describe("18", "multilabel", "tags of a garment, columns begin with the target's name, awkward labels", "tags",
             classes=["red, \"deep\"", "Wolle_DECISION", "x l"], csv_prefix="tags", **shared)
    told(f"tags        accuracy on its own rows {((predict(booster, x) > 0.5) == y).mean():.3f}")


def make():
    rows = goods_rows(1000)
    x = matrix(rows, features_of(rows, NAMES))
    seasons(rows, x)
    tags(rows, x)
    write_sample("goods", rows)

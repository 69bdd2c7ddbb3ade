"""Claims with exposure, sensors (anomalies), customers (clusters), reviews (text), and deployments without a model."""
import numpy as np
from sklearn.cluster import KMeans

from .common import SEED, describe, features_of, grow, matrix, number, predict, save_model, told, weigh, write_sample

PRAISE = ["works great", "fast delivery", "lovely colour", "good value", "very happy", "would buy again"]
BLAME = ["broke soon", "slow delivery", "ugly colour", "not good", "want refund", "very loud"]
FILLER = ["the lamp", "this chair", "my kettle", "it was a gift", "as described", "in a box"]


def claims():
    r = np.random.RandomState(SEED + 3)
    rows = []
    for i in range(1500):
        age, exposure = int(r.randint(18, 85)), round(float(r.uniform(0.1, 1)), 2)
        territory, gender, value = int(r.randint(1, 6)), str(r.choice(["F", "M"])), int(r.randint(2, 60)) * 1000
        rate = 0.25 + 0.5 * (age < 25) + 0.05 * territory + 0.1 * (gender == "M") + value / 200000
        rows.append({"id": i + 1, "driver_age": number(age), "territory": number(territory), "gender": gender,
                     "vehicle_value": number(value), "exposure": number(exposure),
                     "claims": int(r.poisson(rate * exposure))})
    names = ["driver_age", "territory", "gender", "vehicle_value"]
    exposure = np.array([float(r["exposure"]) for r in rows])
    x, y = matrix(rows, features_of(rows, names)), np.array([r["claims"] for r in rows]) / exposure
    booster = grow(x, y, {"objective": "count:poisson", "max_depth": 2}, weight=exposure)
    save_model("claims", booster)
    describe("1c", "regression", "claims in the time a contract ran, with exposure", "claims",
             model_file="claims.json", explanations="xemp", exposure="exposure",
             features=weigh(features_of(rows, names), booster))
    write_sample("claims", rows)
    told(f"claims      mean rate {(y * exposure).sum() / exposure.sum():.3f}, "
         f"predicted {(predict(booster, x) * exposure).sum() / exposure.sum():.3f}")


def anomalies():
    """Real readings against the same values shuffled within each column: what is unlike the rest scores high."""
    r = np.random.RandomState(SEED + 4)
    load = r.uniform(0, 1, 1000)
    real = np.column_stack([20 + 60 * load + r.normal(0, 3, 1000), 1 + 3 * load + r.normal(0, 0.2, 1000),
                            0.2 + load ** 2 + r.normal(0, 0.05, 1000)]).round(2)
    shuffled = np.column_stack([r.permutation(real[:, c]) for c in range(3)])
    names = ["temperature", "pressure", "vibration"]
    rows = [{"id": i + 1, **{n: number(v) for n, v in zip(names, row)}} for i, row in enumerate(real)]
    booster = grow(np.vstack([real, shuffled]), np.repeat([0, 1], 1000),
                   {"objective": "binary:logistic", "max_depth": 4, "subsample": 0.5, "eta": 0.3})
    save_model("sensors", booster)
    describe("19", "anomaly", "readings of a machine that do not go together", "Anomaly Score",
             model_file="sensors.json", explanations="shap", features=weigh(features_of(rows, names), booster))
    odd = [{"id": 1001, "temperature": "80", "pressure": "1.1", "vibration": "0.3"},
           {"id": 1002, "temperature": "22", "pressure": "3.9", "vibration": "1.2"}]
    write_sample("sensors", rows[:10] + odd)
    told(f"sensors     score of a reading {predict(booster, real).mean():.3f}, "
         f"of a shuffled one {predict(booster, shuffled).mean():.3f}")


def clusters():
    """k-means finds them; trees that were grown on its answer assign the rows."""
    r = np.random.RandomState(SEED + 5)
    centre = np.array([[2, 80, 60], [9, 20, 35], [5, 45, 22]])[r.randint(0, 3, 600)]
    x = (centre + r.normal(0, [1, 8, 5], (600, 3))).round(1)
    assigned = KMeans(3, n_init=5, random_state=SEED).fit_predict(x / x.std(axis=0))
    names = ["visits_per_month", "basket", "age"]
    rows = [{"id": i + 1, **{n: number(v) for n, v in zip(names, row)}} for i, row in enumerate(x)]
    booster = grow(x, assigned, {"objective": "multi:softprob", "num_class": 3, "max_depth": 2}, 10)
    save_model("customers", booster)
    describe("1a", "clustering", "groups of customers", "cluster", model_file="customers.json",
             classes=["Cluster 1", "Cluster 2", "Cluster 3"], features=weigh(features_of(rows, names), booster))
    write_sample("customers", rows)
    told(f"customers   trees agree with k-means on {(predict(booster, x).argmax(axis=1) == assigned).mean():.3f}")


def terms_of(text):
    words = text.lower().split()
    return words + [f"{a} {b}" for a, b in zip(words, words[1:])]


def reviews():
    r = np.random.RandomState(SEED + 6)
    rows = []
    for i in range(800):
        happy = r.rand() < 0.5
        own, other = (PRAISE, BLAME) if happy else (BLAME, PRAISE)
        parts = (list(r.choice(own, 2, replace=False)) + list(r.choice(FILLER, 1))
                 + list(r.choice(other, int(r.rand() < 0.2))))
        rows.append({"id": i + 1, "review": " ".join(str(p) for p in r.permutation(parts)),
                     "product": str(r.choice(["chair", "kettle", "lamp"])), "recommends": "yes" if happy else "no"})
    found = sorted({t for row in rows for t in terms_of(row["review"])})
    common_terms = [t for t in found if sum(t in terms_of(row["review"]) for row in rows) >= 60]
    review = {"name": "review", "type": "text", "terms": common_terms, "exemplars": [row["review"] for row in rows[:4]]}
    product = features_of(rows, ["product"])[0]
    x = np.array([[terms_of(row["review"]).count(t) for t in common_terms]
                  + [product["categories"].index(row["product"])] for row in rows], dtype=np.float32)
    y = np.array([float(row["recommends"] == "yes") for row in rows])
    booster = grow(x, y, {"objective": "binary:logistic", "max_depth": 2})
    save_model("reviews", booster)
    describe("20", "binary", "does a review recommend the product, with a text feature", "recommends",
             model_file="reviews.json", classes=["yes", "no"], threshold=0.5, explanations="xemp",
             features=weigh([review, product], booster))
    write_sample("reviews", rows)
    accuracy = ((predict(booster, x) > 0.5) == y).mean()
    told(f"reviews     {len(common_terms)} n-grams, accuracy on its own rows {accuracy:.3f}")


def without_trees():
    describe("1b", "textgeneration", "echo: returns the prompt, no language model", "resultText",
             prompt="promptText")
    describe("1f", "unstructured", "word count", "")
    describe("24", "external", "a model that runs elsewhere", "churn", platform="other")
    describe("ff", "synthetic", "synthetic: a hash of the record's bytes, for benchmarks", "y",
             directory="synthetic")


def make():
    claims()
    anomalies()
    clusters()
    reviews()
    without_trees()

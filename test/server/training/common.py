"""Rows, features, trees, and the description file of a deployment."""
import csv
import json

import numpy as np
import xgboost as xgb

SEED = 20240229
MODELS = SAMPLES = DATA = None		# set by train.py
ROUNDS = 25				# for models on invented data, which need to be small more than good


def number(value):
    """The shortest text of a number that reads back as the same double."""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def exemplars_of(values, numeric):
    """Values to put in a feature's place when its weight is asked for: quantiles, or the commonest ones."""
    if numeric:
        known = np.array([float(v) for v in values if v != ""])
        return [number(q) for q in np.quantile(known, [0.1, 0.3, 0.5, 0.7, 0.9], method="nearest")]
    names, counts = np.unique(values, return_counts=True)
    return [str(names[i]) for i in np.argsort(-counts, kind="stable")[:5]]


def features_of(rows, names):
    """Describe columns: numbers, and texts with their categories in the order of their names."""
    features = []
    for name in names:
        values = [r[name] for r in rows]
        numeric = is_number(values[0])
        feature = {"name": name, "type": "numeric" if numeric else "text"}
        if not numeric:
            feature["categories"] = sorted(set(values))
        features.append({**feature, "exemplars": exemplars_of(values, numeric)})
    return features


def matrix(rows, features):
    def code(feature, text):
        if text == "":
            return np.nan
        return float(text) if feature["type"] == "numeric" else feature["categories"].index(text)
    return np.array([[code(f, r[f["name"]]) for f in features] for r in rows], dtype=np.float32)


def grow(x, y, parameters, rounds=ROUNDS, **more):
    """Grow trees, the same ones every time."""
    base = {"eta": 0.1, "tree_method": "exact", "nthread": 1, "seed": SEED, "verbosity": 0}
    return xgb.train({**base, **parameters}, xgb.DMatrix(x, y, **more), num_boost_round=rounds)


def predict(booster, x):
    return booster.predict(xgb.DMatrix(x))


def save_model(name, booster):
    booster.save_model(MODELS / f"{name}.json")


def importance(booster, features):
    """The share of the best feature's gain; a feature may have several columns of the matrix."""
    gain = booster.get_score(importance_type="total_gain")
    total, column = [], 0
    for f in features:
        width = len(f["terms"]) if "terms" in f else 1
        total.append(sum(gain.get(f"f{c}", 0) for c in range(column, column + width)))
        column += width
    return [round(t / max(max(total), 1e-12), 4) for t in total]


def weigh(features, booster):
    return [{**f, "importance": i} for f, i in zip(features, importance(booster, features))]


def pretty(value, indent=0):
    """JSON with one line for what fits on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or (indent > 0 and len(flat) < 150):
        return flat
    space = "  " * (indent + 1)
    if isinstance(value, dict):
        inner = [f"{json.dumps(k, ensure_ascii=False)}: {pretty(v, indent + 1)}" for k, v in value.items()]
    else:
        inner = [pretty(v, indent + 1) for v in value]
    left, right = "{}" if isinstance(value, dict) else "[]"
    return left + "\n" + ",\n".join(space + i for i in inner) + "\n" + "  " * indent + right


def describe(code, kind, label, target, **more):
    """Write a deployment's description; code: the last digits of its id, hexadecimal."""
    ids = {name: f"{prefix}{code:0>22}" for name, prefix in
           {"id": "5f", "model_id": "6a", "project_id": "5b", "import_id": "5c"}.items()}
    description = {**ids, "label": label, "kind": kind, "target": target, **more}
    with open(MODELS / f"{ids['id']}.json", "w") as out:
        out.write(pretty(description) + "\n")


def write_rows(folder, name, rows):
    with open(folder / f"{name}.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_sample(name, rows, count=20):
    write_rows(SAMPLES, name, rows[:count])


def told(text):
    print(text)

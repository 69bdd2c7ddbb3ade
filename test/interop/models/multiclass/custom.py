import pandas as pd


def load_model(code_dir):
    return "none"


def score(data, model, **kwargs):
    a = data["a"].fillna(0).abs()
    total = 3 * a + 701
    return pd.DataFrame({"red": 2 * a / total, "deep blue": (a + 1) / total, "grün": 700 / total})

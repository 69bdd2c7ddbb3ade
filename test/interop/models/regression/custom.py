import pandas as pd


def load_model(code_dir):
    return {"a": 0.3, "length": 1 / 7}


def score(data, model, **kwargs):
    if (data["a"] == 666).any():
        raise ValueError("the model does not like 666")
    value = model["a"] * data["a"].fillna(-1) + model["length"] * data["word"].fillna("").astype(str).str.len()
    return pd.DataFrame({"Predictions": value})

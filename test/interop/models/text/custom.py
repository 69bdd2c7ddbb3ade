import pandas as pd


def load_model(code_dir):
    return "none"


def score(data, model, **kwargs):
    return pd.DataFrame({"answer": ['"' + str(word)[::-1] + '",\n' for word in data["word"].fillna("nothing")]})

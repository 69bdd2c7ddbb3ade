def load_model(code_dir):
    return "none"


def score_unstructured(model, data, query, **kwargs):
    if isinstance(data, bytes):
        return data[::-1], {"mimetype": "application/octet-stream"}
    if data == "fail":
        raise ValueError("not this one")
    return str(len(data.split())) + " Wörter"

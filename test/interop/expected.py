# expected.py MODEL [POSITIVE NEGATIVE] <CSV >CSV: calls the hook of a model by itself, without DRUM. The CSV read has
# a column "id"; the one written has it, the prediction (a number, a text, or the most probable class), and for
# classes the probability of the positive one, or else of that prediction.
import csv
import importlib.util
import os
import sys

import pandas as pd

directory = sys.argv[1]
spec = importlib.util.spec_from_file_location("custom", os.path.join(directory, "custom.py"))
custom = importlib.util.module_from_spec(spec)
spec.loader.exec_module(custom)
data = pd.read_csv(sys.stdin)
labels = dict(zip(("positive_class_label", "negative_class_label"), sys.argv[2:]))
result = custom.score(data.drop(columns="id"), custom.load_model(directory), **labels)
out = csv.writer(sys.stdout)
for i, row in zip(data["id"], result.to_dict("records")):
    if len(row) == 1:
        v = list(row.values())[0]
        out.writerow([i, "" if v is None else repr(v) if isinstance(v, float) else v, ""])
    elif labels:
        p = row[labels["positive_class_label"]]
        out.writerow([i, labels["positive_class_label" if p > 0.5 else "negative_class_label"], repr(float(p))])
    else:
        best = max(row, key=row.get)
        out.writerow([i, best, repr(float(row[best]))])

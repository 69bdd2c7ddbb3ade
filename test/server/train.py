#!/usr/bin/python3
"""Trains the stand-in server's models and writes their descriptions, samples, and the demo's held-out rows.

Run it only to change the models: the files it writes are committed, and neither the server nor the demo needs
Python. Debian packages: python3-xgboost python3-sklearn python3-statsmodels. The result is reproducible on the
same package versions: seeds are fixed and the trees are grown by one thread.

usage: train.py [MODELS_DIR [SAMPLES_DIR [DATA_DIR]]]
       (default: models and samples beside this file, and demo/data)
"""
import pathlib
import sys

from training import common, goods, houses, loans, others, sales, survey

HERE = pathlib.Path(__file__).resolve().parent


def folder(place, default):
    path = pathlib.Path(sys.argv[place]) if len(sys.argv) > place else default
    path.mkdir(parents=True, exist_ok=True)
    return path


common.MODELS = folder(1, HERE / "models")
common.SAMPLES = folder(2, HERE / "samples")
common.DATA = folder(3, HERE.parent.parent / "demo" / "data")
for family in survey, loans, goods, houses, sales, others:
    family.make()

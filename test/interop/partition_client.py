"""Partitions of training data by DataRobot's own Python client (the package "datarobot").

usage: partition_client.py specs SEED COUNT       random specifications, one JSON object a line:
                                                  {"spec": ours, "payload": what the client would send}
       partition_client.py previews PROJECT SEED  asks the stand-in for previews of random specifications of dates,
                                                  one JSON object a line: {"spec": ours, "target": or null}
       partition_client.py service PROJECT        reads and previews partitions at the stand-in, in TAP

"spec" has the names of the client's arguments and the name of its class; "payload" is what the client's own code makes
of them for the request, with null where it has no value. Environment of "previews" and "service": that of standin.env.
"""
import datetime
import json
import os
import random
import sys
import warnings

import datarobot as dr
from datarobot.helpers.partitioning_methods import FeatureSettings, Periodicity, construct_duration_string
from datarobot.utils import camelize

warnings.simplefilter("ignore")
NAMES = ["part", "Store Nr.", 'say "x", y', "größe", "a.b", "customer_id"]


def wire(value):
    """Names and times as the client's own conversion has them, but with nulls at the top."""
    if isinstance(value, dict):
        return {camelize(k): wire(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [wire(v) for v in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return getattr(value, "value", value)


def level(rng):
    return rng.choice([rng.choice(["T", "V", "H", "1", "ü"]) + str(rng.randrange(9)), rng.randrange(100),
                       rng.randrange(1000) / 8])


def sized(rng, cv):
    arguments = {"holdout_pct": rng.randrange(0, 60)}
    if cv:
        arguments["reps"] = rng.randrange(2, 51)
    else:
        arguments["validation_pct"] = rng.randrange(1, 40)
    return arguments


def by_column(rng, cv):
    arguments = {"user_partition_col": rng.choice(NAMES)}
    if cv:
        arguments["cv_holdout_level"] = rng.choice([None, level(rng)])
        return arguments
    levels = {}
    while len(levels) < 3:
        value = level(rng)
        levels[str(value)] = value
    arguments["training_level"], arguments["validation_level"], holdout = levels.values()
    arguments["holdout_level"] = rng.choice([None, holdout])
    return arguments


def make_other(rng):
    name = rng.choice(["RandomCV", "StratifiedCV", "GroupCV", "UserCV", "RandomTVH", "StratifiedTVH", "GroupTVH",
                       "UserTVH"])
    cv = name.endswith("CV")
    arguments = by_column(rng, cv) if name.startswith("User") else sized(rng, cv)
    if name.startswith("Group"):
        arguments["partition_key_cols"] = [rng.choice(NAMES)]
    if rng.random() < 0.7:
        arguments["seed"] = rng.randrange(-5, 2 ** 31)
    payload = getattr(dr, name)(**arguments).collect_payload()
    return dict(arguments, **{"class": name}), {camelize(k): wire(v) for k, v in payload.items()}


def duration(rng):
    parts = {part: rng.choice([0, 0, rng.randrange(1, 30)]) for part in ("years", "months", "days", "hours")}
    parts["minutes"] = rng.randrange(60)
    parts["days"] += 1
    return construct_duration_string(**parts)


def moment(rng, year):
    return datetime.datetime(year, rng.randrange(1, 13), rng.randrange(1, 29), rng.randrange(24), rng.randrange(60),
                             rng.randrange(60), rng.choice([0, rng.randrange(1000000)]))


def backtest(rng, index):
    """Arguments of a BacktestSpecification, in either of its forms."""
    if rng.random() < 0.5:
        return {"index": index, "gap_duration": duration(rng), "validation_start_date": moment(rng, 2015),
                "validation_duration": duration(rng)}
    return {"index": index, "primary_training_start_date": moment(rng, 2012),
            "primary_training_end_date": moment(rng, 2013), "validation_start_date": moment(rng, 2014),
            "validation_end_date": moment(rng, 2015)}


def holdout(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return {"disable_holdout": True}
    if kind == 1:
        return {"holdout_start_date": moment(rng, 2016), "holdout_duration": duration(rng)}
    if kind == 2:
        return {"holdout_start_date": moment(rng, 2016), "holdout_end_date": moment(rng, 2017)}
    return {}


def series(rng):
    """Arguments of time series."""
    arguments = {"use_time_series": True, "feature_derivation_window_start": -rng.randrange(5, 20),
                 "feature_derivation_window_end": -rng.randrange(0, 5), "forecast_window_start": rng.randrange(1, 4),
                 "forecast_window_end": rng.randrange(4, 9)}
    optional = {"windows_basis_unit": rng.choice(["DAY", "WEEK", "MONTH", "YEAR"]),
                "default_to_known_in_advance": True, "default_to_do_not_derive": True,
                "treat_as_exponential": rng.choice(["auto", "never", "always"]),
                "differencing_method": rng.choice(["auto", "none", "simple", "seasonal"]),
                "multiseries_id_columns": [rng.choice(NAMES)], "calendar_id": "5c" * 12, "model_splits": 3,
                "allow_partial_history_time_series_predictions": True,
                "feature_settings": [{"feature_name": rng.choice(NAMES), "known_in_advance": rng.choice([True, False]),
                                      "do_not_derive": rng.choice([None, True])} for _ in range(rng.randrange(1, 3))],
                "periodicities": [{"time_steps": rng.randrange(1, 50), "time_unit": rng.choice(["DAY", "HOUR"])}]}
    for name, value in optional.items():
        if rng.random() < 0.4:
            arguments[name] = value
    return arguments


def make_dates(rng):
    """Our specification and the client's object."""
    arguments = {"datetime_partition_column": rng.choice(NAMES)}
    optional = {"autopilot_data_selection_method": rng.choice(["rowCount", "duration"]),
                "validation_duration": duration(rng), "gap_duration": duration(rng)}
    arguments.update({name: value for name, value in optional.items() if rng.random() < 0.6})
    arguments.update(holdout(rng))
    if rng.random() < 0.5:
        count = rng.randrange(1, 20)
        arguments["number_of_backtests"] = count
        indexes = rng.sample(range(count), rng.randrange(0, min(count, 4) + 1))
        arguments["backtests"] = [backtest(rng, index) for index in indexes]
    if rng.random() < 0.4:
        arguments.update(series(rng))
    objects = dict(arguments)
    for name, kind in (("backtests", dr.BacktestSpecification), ("feature_settings", FeatureSettings),
                       ("periodicities", Periodicity)):
        if name in objects:
            objects[name] = [kind(**value) for value in objects[name]]
    return (dict(arguments, **{"class": "DatetimePartitioningSpecification"}),
            dr.DatetimePartitioningSpecification(**objects))


def make_dates_payload(rng):
    spec, made = make_dates(rng)
    return spec, wire(made.collect_payload())


def text(value):
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


def print_specs(seed, count):
    rng = random.Random(seed)
    for i in range(count):
        spec, payload = (make_other if i % 2 else make_dates_payload)(rng)
        print(json.dumps({"spec": spec, "payload": payload}, default=text))
    for _ in range(20):
        parts = {part: rng.choice([0, rng.randrange(100)]) for part in
                 ("years", "months", "days", "hours", "minutes", "seconds")}
        print(json.dumps({"parts": parts, "duration": construct_duration_string(**parts)}))


def open_client():
    return dr.Client(endpoint=os.environ["STANDIN_API_URL"], token=os.environ["STANDIN_TOKEN"])


def print_previews(project, seed):
    """What is asked, whatever the answer; the stand-in keeps the last 64 requests."""
    rng = random.Random(seed)
    open_client()
    for _ in range(20):
        spec, made = make_dates(rng)
        target = rng.choice([None, "visits"])
        made.prep_payload = lambda *args, **kwargs: None    # asks for features if there are several series
        try:
            dr.DatetimePartitioning.generate(project, made, target=target)
        except dr.errors.ClientError:
            pass
        print(json.dumps({"spec": spec, "target": target}, default=text))


def ok(holds, name, *about):
    print("%sok - %s" % ("" if holds else "not ", name), flush=True)
    if not holds:
        for line in about:
            print("# %.600s" % str(line).replace("\n", "\\n"))


def check_service(project):
    """Everything that the client reads of partitions, from the stand-in."""
    client = open_client()
    url = "projects/%s/aim/" % project
    random_cv = dr.RandomCV(holdout_pct=20, reps=5, seed=3)
    client.patch(url, data=dict(random_cv.collect_payload(), target="visits"))
    partition = dr.Project.get(project).partition
    ok(partition["cv_method"] == "random" and partition["reps"] == 5 and partition["holdout_pct"] == 20,
       "Project.get: the partition", partition)
    spec = dr.DatetimePartitioningSpecification("d", validation_duration=construct_duration_string(days=30),
                                                number_of_backtests=2)
    preview = dr.DatetimePartitioning.generate(project, spec)
    ok(preview.number_of_backtests == 2 and len(preview.to_dataframe()) == 12, "generate: a preview", preview)
    fitted = dr.DatetimePartitioning.generate(project, spec, target="visits")
    ok(fitted.holdout_start_date == preview.holdout_start_date, "generate, with a target", fitted)
    client.patch(url, data=dict(preview.to_specification().collect_payload(), target="visits"))
    used = dr.DatetimePartitioning.get(project)
    ok(used.total_row_count == 366, "get: rows are counted", used.total_row_count)
    ok([b.validation_start_date for b in used.backtests] == [b.validation_start_date for b in preview.backtests],
       "get: the dates of the specification that the preview gave")
    ok(dr.Project.get(project).is_datetime_partitioned, "Project.get: it has dates")


if sys.argv[1] == "specs":
    print_specs(int(sys.argv[2]), int(sys.argv[3]))
elif sys.argv[1] == "previews":
    print_previews(sys.argv[2], int(sys.argv[3]))
else:
    check_service(sys.argv[2])

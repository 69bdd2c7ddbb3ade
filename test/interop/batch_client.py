"""DataRobot's own Python client (the package "datarobot") against the stand-in server, in TAP.

usage: batch_client.py SECTION...    a section is a function below whose name begins with "check_"

Every call is as DataRobot's documentation has it. What a job should return is what the prediction server answers to
the same rows, asked here without the client; tables are read by the caller (test/lib/BatchClient.pm). Environment:
that of standin.env, DRS_DATA and DRS_SAMPLES (rows), DRS_BUCKETS (the folder of --buckets), DRS_SCRATCH (for files),
and, for "database", DRS_JDBC_URL, DRS_DATABASE_USER and DRS_DATABASE_PASSWORD.
"""
import csv
import datetime
import io
import json
import os
import re
import sys
import time
import urllib.request

import datarobot as dr
import pandas as pd
from datarobot.models import BatchPredictionJob as Job, BatchPredictionJobDefinition as Definition

REGRESSION, BINARY, MULTICLASS = ("5f000000000000000000000%d" % i for i in (1, 2, 3))
SERIES = "5f0000000000000000000022"
LEADERBOARD_MODEL = "6a0000000000000000000002"
CREDENTIAL = "5c5c5c5c5c5c5c5c5c5c5c5c"
SCHEDULE = {"minute": [0], "hour": [16], "day_of_week": ["*"], "day_of_month": [1], "month": ["jan", 2]}

environment = os.environ
data, samples, scratch = (environment[name] for name in ("DRS_DATA", "DRS_SAMPLES", "DRS_SCRATCH"))
voters, visits = data + "/voters.csv", data + "/visits.csv"


def ok(holds, name, *about):
    print("%sok - %s: %s" % ("" if holds else "not ", section, name), flush=True)
    if not holds:
        for line in about:
            print("# %.400s" % str(line).replace("\n", "\\n"))


def same(got, want, name):
    ok(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))


def raises(call, pattern, name):
    try:
        call()
    except Exception as e:  # any of the client's
        ok(pattern in "%s: %s" % (type(e).__name__, e), name, type(e).__name__, e)
    else:
        ok(False, name, "no error")


def scratch_file(name):
    path = os.path.join(scratch, name)
    if os.path.exists(path):
        os.unlink(path)
    return path


def read(path, **dialect):
    """The rows of a CSV file, as dictionaries."""
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, **dialect))


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def by_request(deployment, path, parameters=""):
    """What the prediction server answers to a file's rows: the expected result of a job."""
    with open(path, "rb") as f:
        request = urllib.request.Request(
            "%s/deployments/%s/predictions%s" % (environment["STANDIN_URL"], deployment, parameters), f.read(),
            {"Authorization": "Bearer " + environment["STANDIN_TOKEN"], "datarobot-key": environment["STANDIN_KEY"],
             "Content-Type": "text/csv; charset=utf-8", "Accept": "text/csv"})
    with urllib.request.urlopen(request) as answer:
        return rows_of(answer.read().decode())


def sorted_by(rows, column="id"):
    """Rows of a job come in no certain order."""
    return sorted(rows, key=lambda row: row[column])


def same_rows(got, want, name, column="id"):
    got, want = sorted_by(got, column), sorted_by(want, column)
    same(len(got), len(want), name + ": the number of rows")
    same([(g, w) for g, w in zip(got, want) if g != w][:1], [], name + ": every value")


def same_frame(frame, want, columns, name):
    """Numbers of a DataFrame are compared as numbers."""
    same(len(frame), len(want), name + ": the number of rows")
    differing = 0
    for column in columns:
        for got, row in zip(frame[column], want):
            differing += abs(float(got) - float(row[column])) > 1e-9 * abs(float(row[column]))
    same(differing, 0, name + ": every prediction")


def bucket(*path):
    return os.path.join(environment["DRS_BUCKETS"], *path)


def fill_bucket(source, *path):
    os.makedirs(os.path.dirname(bucket(*path)), exist_ok=True)
    with open(source, "rb") as f, open(bucket(*path), "wb") as to:
        to.write(f.read())


def local(path=None):
    return {"type": "localFile", "path": path} if path else {"type": "localFile"}


def control(path, **what):
    urllib.request.urlopen(environment["STANDIN_CONTROL"] + path, json.dumps(what).encode()).close()


def fault(**what):
    control("/faults", **what)


def until(holds):
    """Wait for something that the service does by itself."""
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


# ---- the sections

def check_file():
    out = scratch_file("out.csv")
    want = by_request(BINARY, voters, "?passthroughColumns=id&passthroughColumns=age")
    job = Job.score(BINARY, intake_settings={"type": "localFile", "file": voters}, output_settings=local(out),
                    passthrough_columns=["id", "age"])
    same_rows(read(out), want, "score, from file to file")
    status = job.get_status()
    same((status["status"], status["percentage_completed"]), ("COMPLETED", 100), "get_status")
    same(status["job_spec"]["passthroughColumns"] if "passthroughColumns" in status["job_spec"]
         else status["job_spec"]["passthrough_columns"], ["id", "age"], "get_status: the specification")
    job = Job.score_to_file(BINARY, voters, out, max_explanations=2, passthrough_columns=["id"])
    same_rows(read(out), by_request(BINARY, voters, "?passthroughColumns=id&maxExplanations=2"),
              "score_to_file with explanations")
    same(Job.get(job.id).get_status()["status"], "COMPLETED", "get")
    with open(visits, "rb") as f:
        job = Job.score(REGRESSION, intake_settings={"type": "localFile", "file": f}, passthrough_columns=["id"])
    result = io.BytesIO()
    job.download(result)
    same_rows(rows_of(result.getvalue().decode()), by_request(REGRESSION, visits, "?passthroughColumns=id"),
              "score an open file, then download")
    result = io.BytesIO(job.get_result_when_complete())
    same(len(rows_of(result.getvalue().decode())), len(read(visits)), "get_result_when_complete")
    job.wait_for_completion()
    raises(job.delete, "409", "delete a job that is over")
    raises(lambda: Job.score(REGRESSION, intake_settings={"type": "localFile", "file": voters},
                             output_settings=local(out)), "coinsurance_log", "score rows of another model")


def check_frames():
    frame = pd.read_csv(voters)
    want = by_request(BINARY, voters, "?passthroughColumns=id")
    probability = "vote_Dole_PREDICTION"
    job = Job.score(BINARY, intake_settings={"type": "localFile", "file": frame}, passthrough_columns=["id"])
    result = io.BytesIO()
    job.download(result)
    got = rows_of(result.getvalue().decode())
    same([row[probability] for row in sorted_by(got)], [row[probability] for row in sorted_by(want)],
         "score a DataFrame")
    job, scored = Job.score_pandas(BINARY, frame)
    same_frame(scored, want, [probability], "score_pandas")
    same(job.get_status()["status"], "COMPLETED", "score_pandas: its job")
    scored = dr.Deployment.get(BINARY).predict_batch(frame, passthrough_columns=["age"])
    same_frame(scored, want, [probability], "predict_batch")


def check_parts():
    out = scratch_file("parts.csv")
    source = {"type": "localFile", "file": voters, "multipart": True, "async": False}
    Job.score(BINARY, intake_settings=source, output_settings=local(out), passthrough_columns=["id"])
    same_rows(read(out), by_request(BINARY, voters, "?passthroughColumns=id"), "score in parts")


def check_options():
    out = scratch_file("options.csv")
    dialect = {"delimiter": ";", "quotechar": "'", "encoding": "utf-8"}
    semicolons = scratch_file("semicolons.csv")
    with open(semicolons, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, delimiter=";", quotechar="'", lineterminator="\n")
        with open(voters, newline="", encoding="utf-8") as source:
            writer.writerows(csv.reader(source))
    job = Job.score(
        BINARY, intake_settings={"type": "localFile", "file": semicolons}, output_settings=local(out),
        csv_settings=dialect, passthrough_columns_set="all", num_concurrent=2, chunk_size=2000,
        max_explanations=1, explanation_algorithm="xemp", threshold_high=0.9, threshold_low=0.1,
        prediction_threshold=0.25, include_prediction_status=True, skip_drift_tracking=True,
        abort_on_error=False, column_names_remapping={"THRESHOLD": "limit", "POSITIVE_CLASS": None},
        include_probabilities_classes=["Dole"],
        prediction_instance={"hostName": "h.example", "sslEnabled": True, "datarobotKey": "secret 1",
                             "apiKey": "secret 2"})
    got = sorted_by(read(out, delimiter=";", quotechar="'"))
    want = sorted_by(by_request(BINARY, voters, "?passthroughColumns=id"))
    same([row["vote_Dole_PREDICTION"] for row in got], [row["vote_Dole_PREDICTION"] for row in want],
         "many options: the probabilities")
    same([row["vote_PREDICTION"] for row in got],
         ["Dole" if float(row["vote_Dole_PREDICTION"]) > 0.25 else "Clinton" for row in want],
         "many options: the threshold")
    same({row["limit"] for row in got}, {"0.25"}, "many options: a column has another name")
    same({"POSITIVE_CLASS", "vote_Clinton_PREDICTION"} & set(got[0]), set(), "many options: columns are left out")
    same({row["prediction_status"] for row in got}, {"OK"}, "many options: the status")
    source = sorted_by(read(voters))
    same([{name: row[name] for name in source[0]} for row in got], source, "many options: all columns come back")
    shown = json.dumps(job.get_status()["job_spec"])
    ok("secret" not in shown and "h.example" in shown, "many options: no secret is shown", shown)


def check_leaderboard():
    out = scratch_file("leaderboard.csv")
    Job.score_with_leaderboard_model(LEADERBOARD_MODEL, intake_settings={"type": "localFile", "file": voters},
                                     output_settings=local(out), passthrough_columns=["id"])
    same_rows(read(out), by_request(BINARY, voters, "?passthroughColumns=id"), "score_with_leaderboard_model")
    fill_bucket(voters, "projects", "5b5b5b5b5b5b5b5b5b5b5b5b", "holdout.csv")
    Job.score_with_leaderboard_model(
        LEADERBOARD_MODEL, output_settings=local(out), passthrough_columns=["id"],
        intake_settings={"type": "dss", "project_id": "5b5b5b5b5b5b5b5b5b5b5b5b", "partition": "holdout"})
    same_rows(read(out), by_request(BINARY, voters, "?passthroughColumns=id"), "score a partition of a project")


def check_objects():
    want = by_request(BINARY, voters, "?passthroughColumns=id")
    for name, call, place, url in (
            ("score_s3", Job.score_s3, ("s3", "b"), "s3://b/%s"),
            ("score_azure", Job.score_azure, ("azure", "a.blob.core.windows.net", "c"),
             "https://a.blob.core.windows.net/c/%s"),
            ("score_gcp", Job.score_gcp, ("gcp", "b"), "gs://b/%s")):
        fill_bucket(voters, *place, "in.csv")
        job = call(BINARY, url % "in.csv", url % "out.csv", credential=CREDENTIAL, passthrough_columns=["id"])
        job.wait_for_completion()
        same(job.get_status()["status"], "COMPLETED", name)
        same_rows(read(bucket(*place, "out.csv")), want, name)
    job = Job.score(BINARY, passthrough_columns=["id"],
                    intake_settings={"type": "s3", "url": "s3://b/in.csv", "credential_id": CREDENTIAL,
                                     "endpoint_url": "https://s3.example", "format": "csv"},
                    output_settings={"type": "s3", "url": "s3://b/other.csv", "credential_id": CREDENTIAL})
    job.wait_for_completion()
    same_rows(read(bucket("s3", "b", "other.csv")), want, "score with s3")
    job = Job.score_s3(BINARY, "s3://b/nothing.csv", "s3://b/never.csv")
    raises(job.wait_for_completion, "aborted", "score_s3: no such object")
    ok(not os.path.exists(bucket("s3", "b", "never.csv")), "score_s3: nothing is written")


def check_database():
    """The caller makes the tables "voters", "upserted" and "updated", and looks at what is in them afterwards."""
    want = by_request(BINARY, voters, "?passthroughColumns=id")
    with open(scratch_file("expected.csv"), "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, list(want[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(want)
    driver = dr.DataDriver.list()[0]
    store = dr.DataStore.create("jdbc", "PostgreSQL of the test", driver_id=driver.id,
                                jdbc_url=environment["DRS_JDBC_URL"])
    user, password = environment["DRS_DATABASE_USER"], environment["DRS_DATABASE_PASSWORD"]
    credential = dr.Credential.create_basic("reader", user, password)
    same(store.test(username=user, password=password), {"message": "Connection successful"}, "DataStore.test")
    same([s.canonical_name for s in dr.DataStore.list()], ["PostgreSQL of the test"], "DataStore.list")
    same([c.name for c in dr.Credential.list()], ["reader"], "Credential.list")
    place = {"type": "jdbc", "data_store_id": store.id, "credential_id": credential.credential_id}

    def run(intake, output, **other):
        job = Job.score(BINARY, intake_settings=dict(place, **intake), output_settings=dict(place, **output),
                        passthrough_columns=["id"], **other)
        job.wait_for_completion()
        return job.get_status()

    query = {"query": 'SELECT * FROM voters WHERE id::int % 2 = 0', "fetch_size": 100}
    status = run(query, {"table": "made", "statement_type": "create_table"})
    same(status["status"], "COMPLETED", "score with jdbc: a query, createTable")
    status = run({"table": "voters", "schema": "public"},
                 {"table": "upserted", "schema": "public", "statement_type": "insert_update",
                  "update_columns": ["vote_PREDICTION"], "where_columns": ["id"]})
    same(status["status"], "COMPLETED", "score with jdbc: a table, insertUpdate")
    status = run(query, {"table": "updated", "statement_type": "update",
                         "update_columns": ["vote_Dole_PREDICTION"], "where_columns": ["id"]})
    same(status["status"], "COMPLETED", "score with jdbc: update")
    status = run(query, {"table": "inserted", "statement_type": "insert", "create_table_if_not_exists": True})
    same(status["status"], "COMPLETED", "score with jdbc: insert")
    job = Job.score(BINARY, intake_settings=dict(place, query="SELECT * FROM nowhere"), output_settings=local())
    raises(job.wait_for_completion, "aborted", "score with jdbc: no such table")
    store.update(canonical_name="another name")
    same(dr.DataStore.get(store.id).canonical_name, "another name", "DataStore.update and get")
    store.delete()
    credential.delete()
    same((dr.DataStore.list(), dr.Credential.list()), ([], []), "both are deleted")


def check_jobs():
    fill_bucket(voters, "s3", "b", "in.csv")
    first = Job.score_s3(BINARY, "s3://b/in.csv", "s3://b/first.csv", passthrough_columns=["id"])
    first.wait_for_completion()
    os.unlink(bucket("s3", "b", "first.csv"))
    copy = Job.score_from_existing(first.id)
    copy.wait_for_completion()
    ok(copy.id != first.id, "score_from_existing: a new job")
    same_rows(read(bucket("s3", "b", "first.csv")), by_request(BINARY, voters, "?passthroughColumns=id"),
              "score_from_existing")
    listed = {job["links"]["self"].rstrip("/").rpartition("/")[2] for job in Job.list_by_status()}
    same({first.id, copy.id} - listed, set(), "list_by_status: all")
    same({job["status"] for job in Job.list_by_status(["COMPLETED"])}, {"COMPLETED"}, "list_by_status: some")
    same(Job.list_by_status(["FAILED"]), [], "list_by_status: none")
    fault(fault="job_stall", route="job")
    running = Job.score_s3(BINARY, "s3://b/in.csv", "s3://b/second.csv")
    running.delete()
    same(running.get_status()["status"], "ABORTED", "delete aborts a job that runs")
    raises(running.wait_for_completion, "abort", "an aborted job does not complete")
    raises(lambda: Job.get("5f5f5f5f5f5f5f5f5f5f5f5f"), "404", "get: no such job")


def check_definitions():
    fill_bucket(voters, "s3", "b", "in.csv")
    control("/batch/clock", set="2030-02-01T15:50:30Z")
    spec = {"num_concurrent": 4, "deployment_id": BINARY, "passthrough_columns": ["id"],
            "intake_settings": {"type": "s3", "url": "s3://b/in.csv", "format": "csv"},
            "output_settings": {"type": "s3", "url": "s3://b/defined.csv", "format": "csv"}}
    definition = Definition.create(enabled=False, batch_prediction_job=spec, name="one", schedule=SCHEDULE)
    same((definition.name, definition.enabled), ("one", False), "create a definition")
    unnamed = Definition.create(enabled=False, batch_prediction_job=spec)
    same(len(re.split("[ _-]", unnamed.name)), 3, "create without a name: three words")
    definition = Definition.get(definition.id).update(enabled=True, batch_prediction_job=spec, name="two",
                                                      schedule=SCHEDULE)
    same((definition.name, definition.enabled), ("two", True), "update")
    same([d.name for d in Definition.list(search_name="two", limit=10)], ["two"], "list by name")
    same({d.id for d in Definition.list(limit=0)}, {definition.id, unnamed.id}, "list all")
    scheduled = unnamed.run_on_schedule(SCHEDULE)
    same((Definition.get(scheduled.id).enabled, list(scheduled.schedule["minute"])), (True, [0]), "run_on_schedule")
    want, defined = by_request(BINARY, voters, "?passthroughColumns=id"), bucket("s3", "b", "defined.csv")
    job = definition.run_once()
    job.wait_for_completion()
    same_rows(read(defined), want, "run_once")
    os.unlink(defined)
    definition = definition.update(enabled=False, batch_prediction_job=spec, name="two", schedule=SCHEDULE)
    ok(not os.path.exists(defined), "run_on_schedule: not yet")
    control("/batch/clock", advance=600)
    ok(until(lambda: os.path.exists(defined)), "run_on_schedule: the service runs it")
    same_rows(read(defined), want, "run_on_schedule")
    ok(until(lambda: Definition.get(unnamed.id).last_successful_run_time > "2030-02-01T16:00"),
       "run_on_schedule: when it ran", Definition.get(unnamed.id).last_successful_run_time)
    same(Definition.get(unnamed.id).last_scheduled_run_time[:16], "2030-02-01T16:00", "run_on_schedule: for when")
    definition.delete()
    unnamed.delete()
    same(Definition.list(limit=0), [], "delete")
    raises(lambda: Definition.get(definition.id), "404", "get: no such definition")
    raises(lambda: Definition.create(enabled=True, batch_prediction_job=spec), "schedule",
           "create: enabled without a schedule")


def check_series():
    rows, out = samples + "/sales_several.csv", scratch_file("series.csv")
    source = {"type": "localFile", "file": rows}
    Job.score(SERIES, intake_settings=source, output_settings=local(out),
              timeseries_settings={"type": "forecast", "relax_known_in_advance_features_check": True})
    same(read(out), by_request(SERIES, rows, "?relaxKnownInAdvanceFeaturesCheck=true"), "forecasts")
    begin, end = datetime.datetime(2023, 9, 24), datetime.datetime(2023, 9, 26)
    Job.score(SERIES, intake_settings=source, output_settings=local(out),
              timeseries_settings={"type": "historical", "predictions_start_date": begin,
                                   "predictions_end_date": end})
    same(read(out), by_request(SERIES, rows, "?predictionsStartDate=2023-09-24T00:00:00"
                               "&predictionsEndDate=2023-09-26T00:00:00"), "forecasts of the past")


def without_days(path, days):
    """A copy of the file without the rows of some days, and what has the row before in their place."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame["when"] = pd.to_datetime(frame["date"], format="%d.%m.%Y")
    gaps, filled = scratch_file("gaps.csv"), scratch_file("filled.csv")
    frame[~frame["date"].isin(days)].drop(columns="when").to_csv(gaps, index=False)
    kept = ~frame["date"].isin(days)
    frame = frame.sort_values(["store", "when"])
    for column in ("promotion", "sales"):
        frame[column] = frame[column].where(kept).groupby(frame["store"]).ffill()
    frame.drop(columns="when").to_csv(filled, index=False)
    return gaps, filled


def check_prepared():
    deployment, out = dr.Deployment.get(SERIES), scratch_file("prepared.csv")
    gaps, filled = without_days(samples + "/sales_several.csv", ["10.09.2023", "11.09.2023", "20.09.2023"])
    point = datetime.datetime(2023, 9, 28)
    want = by_request(SERIES, filled, "?forecastPoint=2023-09-28T00:00:00")
    ok(want != by_request(SERIES, gaps, "?forecastPoint=2023-09-28T00:00:00"), "the missing days matter")
    settings = {"type": "forecast", "forecast_point": point}
    Job.apply_time_series_data_prep_and_score_to_file(deployment, gaps, out, settings)
    order = lambda rows: sorted(rows, key=lambda row: (row["store"], row["date"]))
    same(order(read(out)), order(want), "apply_time_series_data_prep_and_score_to_file")
    job = Job.apply_time_series_data_prep_and_score(deployment, {"type": "localFile", "file": gaps}, settings)
    result = io.BytesIO()
    job.download(result)
    same(order(rows_of(result.getvalue().decode())), order(want), "apply_time_series_data_prep_and_score")
    raises(lambda: Job.apply_time_series_data_prep_and_score(
        dr.Deployment.get(BINARY), {"type": "localFile", "file": voters}, settings),
        "does not support time series data prep", "data prep of a model without time")
    dataset = dr.Dataset.create_from_file(voters)
    job = Job.score(BINARY, intake_settings={"type": "dataset", "dataset": dataset}, output_settings=local(out),
                    passthrough_columns=["id"])
    same_rows(read(out), by_request(BINARY, voters, "?passthroughColumns=id"), "score a dataset of the catalog")


dr.Client(endpoint=environment["STANDIN_API_URL"], token=environment["STANDIN_TOKEN"])
for section in sys.argv[1:]:
    globals()["check_" + section]()
    ok(True, "comes to its end")
print("# datarobot %s, Python %s" % (dr.__version__, sys.version.split()[0]))

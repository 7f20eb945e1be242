"""The forms in which people's tools write training data. Facts: SageMaker Developer Guide, xgboost.html and cdf-training.html;
pandas' developer guide, "Storing pandas DataFrame objects in Apache Parquet format" (index_columns)."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost

from test_xgboost_training import completed, model_of, run
from training import log_lines

ROWS = [(i % 2, (i * 7 % 13) / 13 + i % 2, (i * 5 % 11) / 11) for i in range(80)]
LINES = [f"{y},{a:.4f},{b:.4f}" for y, a, b in ROWS]
FEATURES = np.array([[float(v) for v in line.split(",")[1:]] for line in LINES], dtype=np.float32)
LABELS = np.array([y for y, _, _ in ROWS])


@pytest.fixture(scope="module")
def bucket(aws):
    name = "sagemaker-xgboost-data"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def expected(**parameters):
    model = xgboost.train({"objective": "binary:logistic", "base_score": 0.5, "tree_method": "exact", **parameters},
                          xgboost.DMatrix(FEATURES, LABELS), 10)
    return model.predict(xgboost.DMatrix(FEATURES))


def predictions(aws, bucket, name, body, content_type="text/csv", **hyperparameters):
    job = completed(run(aws, bucket, name, {"train": body}, content_type, **{"tree_method": "exact", **hyperparameters}))
    return model_of(aws, job).predict(xgboost.DMatrix(FEATURES))


@pytest.mark.parametrize("name, body", [
    ("cr", "\r".join(LINES)), ("crlf", "\r\n".join(LINES) + "\r\n"), ("blank", "\n\n" + "\n\n".join(LINES) + "\n \n"),
    ("bom", b"\xef\xbb\xbf" + "\n".join(LINES).encode()), ("boms", b"\xef\xbb\xbf" * 2 + "\r\n".join(LINES).encode()),
    ("quoted", "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in LINES)),
])
def test_csv_as_spreadsheets_write_it(aws, bucket, name, body):
    assert np.array_equal(predictions(aws, bucket, "csv-" + name, body), expected())


def test_libsvm_with_indices_in_any_order(aws, bucket):
    body = "".join(f"{y} 1:{b:.4f} 0:{a:.4f}\n" for y, a, b in ROWS)
    assert np.array_equal(predictions(aws, bucket, "libsvm-order", body, "text/libsvm"), expected())


@pytest.mark.parametrize("name, given, sent", [
    ("tuple", "(1,-1)", "(1,-1)"), ("list", "[1,-1]", "(1,-1)"), ("bare", "1, -1", "(1,-1)")])
def test_constraints_as_tuple_or_list(aws, bucket, name, given, sent):
    got = predictions(aws, bucket, "monotone-" + name, "\n".join(LINES), monotone_constraints=given)
    assert np.array_equal(got, expected(monotone_constraints=sent))


@pytest.mark.parametrize("name, body, content_type, hyperparameters, reason", [
    ("inf", "1,2,3\n0,inf,4\n", "text/csv", {}, "train/data, line 2, column 2: 'inf' is infinite"),
    ("large", "1,2,3\n0,1,1e39\n", "text/csv", {}, "line 2, column 3: '1e39' is infinite, or too large"),
    ("ragged", "1,2,3\r0,1\r", "text/csv", {}, "line 2 has 2 columns where the first line of the channel has 3"),
    ("twice", "1 0:1 0:2\n", "text/libsvm", {}, "line 1: an index is there twice"),
    ("qid", "1 qid:1 0:1\n0 qid:2 0:2\n0 qid:1 0:3\n", "text/libsvm", {"objective": "rank:ndcg"},
     "Row 3 of the channel has qid 1 again"),
    ("aft", "1,2,3\n0,1,4\n", "text/csv", {"objective": "survival:aft"}, "use survival:cox"),
    ("names", "1,2,3\n0,1,4\n", "text/csv", {"interaction_constraints": '[["a","b"]]', "tree_method": "hist"},
     "is not a nested list of columns, counted from 0"),
])
def test_what_cannot_be_read_is_named(aws, bucket, name, body, content_type, hyperparameters, reason):
    job = run(aws, bucket, "unread-" + name, {"train": body}, content_type, **hyperparameters)
    assert job["TrainingJobStatus"] == "Failed"
    assert reason in job["FailureReason"]


def test_queries_are_trained_on_in_any_order_of_their_numbers(aws, bucket):
    lines = [f"{y} qid:{9 - i // 10} 0:{a:.4f} 1:{b:.4f}" for i, (y, a, b) in enumerate(ROWS)]
    job = completed(run(aws, bucket, "queries", {"train": "\n".join(lines)}, "text/libsvm",
                        objective="rank:ndcg", base_score="0.5", tree_method="exact"))
    wanted = xgboost.train({"objective": "rank:ndcg", "base_score": 0.5, "tree_method": "exact"},
                           xgboost.DMatrix(FEATURES, LABELS, qid=np.arange(80) // 10), 10)
    data = xgboost.DMatrix(FEATURES)
    assert np.array_equal(model_of(aws, job).predict(data), wanted.predict(data))


def parquet(columns, pandas=None, **options):
    table = pa.table(columns)
    if pandas:
        table = table.replace_schema_metadata({"pandas": json.dumps(pandas)})
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


COLUMNS = {"y": LABELS, "a": FEATURES[:, 0], "b": FEATURES[:, 1]}
INDEX = {"index_columns": ["__index_level_0__", {"kind": "range", "start": 0, "stop": 80, "step": 1}], "columns": []}



def test_parquet_of_pandas_has_no_feature_of_its_index(aws, bucket):
    body = parquet({**COLUMNS, "__index_level_0__": np.arange(80)}, INDEX)
    assert np.array_equal(predictions(aws, bucket, "index", body, "application/x-parquet"), expected())
    assert any("80 rows and 2 columns" in line for line in log_lines(aws, "index"))


def test_parquet_columns_go_by_name(aws, bucket):
    first, other = ({n: v[half] for n, v in COLUMNS.items()} for half in (slice(0, 40), slice(40, 80)))
    aws.client("s3").put_object(Bucket=bucket, Key="names/train/part-1",
                                Body=parquet({n: other[n] for n in ("b", "y", "a")}))
    held_out = parquet({n: COLUMNS[n] for n in ("a", "b", "y")})
    job = completed(run(aws, bucket, "names", {"train": parquet(first), "validation": held_out}, "application/x-parquet",
                        tree_method="exact", eval_metric="logloss"))
    assert np.array_equal(model_of(aws, job).predict(xgboost.DMatrix(FEATURES)), expected())
    metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
    assert metrics["validation:logloss"] == metrics["train:logloss"]


@pytest.mark.parametrize("name, columns, reason", [
    ("missing", {"y": LABELS, "a": LABELS}, "has no column 'b', which the first file has"),
    ("more", {**COLUMNS, "c": LABELS}, "has a column 'c', which the first file has not"),
    ("text", {**COLUMNS, "b": [str(i) for i in LABELS]}, "column 'b' has the type string"),
    ("list", {**COLUMNS, "b": [[1.0]] * 80}, "column 'b' has the type list<"),
    ("nested", {**COLUMNS, "b": [{"x": 1}] * 80}, "column 'b' has the type struct<"),
    ("time", {**COLUMNS, "b": pa.array([0] * 80, pa.timestamp("s"))}, "column 'b' has the type timestamp"),
    ("infinite", {**COLUMNS, "b": [float("inf")] * 80}, "column 'b' has a value that is infinite"),
])
def test_parquet_columns_that_do_not_fit_are_named(aws, bucket, name, columns, reason):
    aws.client("s3").put_object(Bucket=bucket, Key=f"unfit-{name}/train/part-1", Body=parquet(columns))
    job = run(aws, bucket, "unfit-" + name, {"train": parquet(COLUMNS)}, "application/x-parquet")
    assert job["TrainingJobStatus"] == "Failed"
    assert reason in job["FailureReason"] and "part-1" in job["FailureReason"]


def test_parquet_of_categories_nulls_and_one_value_in_many_rows(aws, bucket):
    body = parquet({"y": LABELS, "a": pa.array(FEATURES[:, 0]).dictionary_encode(), "b": FEATURES[:, 1].astype(np.float64)},
                   row_group_size=17, compression="zstd")
    assert np.array_equal(predictions(aws, bucket, "categories", body, "application/x-parquet"), expected())
    flat = {"y": np.arange(300_000) % 2, "a": pa.nulls(300_000, pa.float32()), "b": np.zeros(300_000)}
    completed(run(aws, bucket, "flat", {"train": parquet(flat, compression="zstd")}, "application/x-parquet", num_round="1"))

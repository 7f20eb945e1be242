"""Every kind of model file that the installed XGBoost writes answers as the library does: boosters x objectives x options
x kinds of file, made here. Files of older versions are fixtures of the unit tests (tests/fixtures/make_models.py)."""

import contextlib
import itertools
import json
import os
import pickle
import re
import signal
import subprocess
import urllib.error
import urllib.request

import numpy as np
import pytest
import xgboost

from live_server import BUILD

OBJECTIVES = {
    "reg:squarederror": {}, "reg:logistic": {}, "reg:tweedie": {}, "reg:gamma": {}, "reg:absoluteerror": {},
    "reg:quantileerror": {"quantile_alpha": [0.2, 0.8]}, "count:poisson": {}, "binary:logistic": {"base_score": 0.3},
    "binary:logitraw": {}, "binary:hinge": {}, "multi:softmax": {"num_class": 3}, "multi:softprob": {"num_class": 3},
    "rank:ndcg": {}, "rank:pairwise": {}, "survival:cox": {},
}
BOOSTERS = {
    "gbtree": {"max_depth": 4},
    "gbtree-pruned": {"max_depth": 6, "gamma": 0.5, "tree_method": "exact"},  # Nodes that were deleted stay in the file.
    "gbtree-forest": {"max_depth": 4, "num_parallel_tree": 3, "subsample": 0.6, "tree_method": "hist"},
    "dart-pruned": {"booster": "dart", "rate_drop": 0.3, "gamma": 0.5, "tree_method": "exact"},
    "gblinear": {"booster": "gblinear", "updater": "coord_descent"},
}


def make_data(objective, seed=5):
    random = np.random.RandomState(seed)
    features = random.normal(size=(160, 5)).astype(np.float32)
    features[random.uniform(size=features.shape) < 0.1] = np.nan
    signal = np.nan_to_num(features[:, 0]) + np.nan_to_num(features[:, 1]) ** 2 + random.normal(size=160) * 0.5
    if objective.startswith("multi:"):
        return features, np.digitize(signal, [0, 1.5])
    if objective.startswith(("binary:", "rank:", "reg:logistic")):
        return features, (signal > 0.7).astype(int)
    return features, np.round(np.abs(signal) + 0.1, 2)


def train(objective, booster, rounds=6, **extra):
    features, labels = make_data(objective)
    data = xgboost.DMatrix(features, labels)
    return xgboost.train({"objective": objective, "nthread": 1, "seed": 3, **OBJECTIVES[objective], **BOOSTERS[booster],
                          **extra}, data, rounds)


@contextlib.contextmanager
def model_server(root, **environment):
    """`sagebrush-algorithms serve` on root/model; yields its port. Fails with what it printed when it does not start."""
    process = subprocess.Popen([BUILD / "bin" / "sagebrush-algorithms", "serve", "xgboost", "--root", root],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, "SAGEMAKER_BIND_TO_PORT": "0", **environment})
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if port := re.search(r"listens on \S+:([0-9]+)", line):
                yield int(port[1])
                break
        else:
            raise RuntimeError(printed)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stdout.close()


def invoke(port, body, content_type="text/csv", accept="text/csv"):
    headers = {"Accept": accept} | ({"Content-Type": content_type} if content_type else {})
    request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def to_csv(rows):
    return "\n".join(",".join("" if np.isnan(v) else repr(float(v)) for v in row) for row in rows)


def answer(tmp_path, model):
    """What the model server predicts with the bytes of a model file, a row a line."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_bytes(model)
    rows = make_data("rank:ndcg", seed=9)[0][:20]
    with model_server(tmp_path) as port:
        text = invoke(port, to_csv(rows))
    return rows, np.array([[float(v) for v in line.split(",")] for line in text.split()], dtype=np.float32)


def expect_as_library(tmp_path, booster, model):
    rows, got = answer(tmp_path, model)
    best = booster.attr("best_iteration")
    wanted = booster.predict(xgboost.DMatrix(rows), iteration_range=(0, int(best) + 1 if best else 0))
    assert np.array_equal(got, wanted.reshape(got.shape)), abs(got - wanted.reshape(got.shape)).max()


def file_of(booster, kind, tmp_path):
    if kind == "pickle":
        return pickle.dumps(booster)
    path = tmp_path / f"file.{kind}"
    booster.save_model(path)
    return path.read_bytes()


# Each objective with each booster, the kinds of file in turn.
MATRIX = [(o, b, ("ubj", "json", "pickle")[i % 3])
          for i, (o, b) in enumerate(itertools.product(OBJECTIVES, BOOSTERS))]


@pytest.mark.parametrize("objective, booster, kind", MATRIX)
def test_a_model_answers_as_the_library(tmp_path, objective, booster, kind):
    model = train(objective, booster)
    expect_as_library(tmp_path, model, file_of(model, kind, tmp_path))


def test_the_pruned_models_have_deleted_nodes(tmp_path):
    def trees(booster):
        found = json.loads(file_of(train("binary:logistic", booster), "json", tmp_path))["learner"]["gradient_booster"]
        return (found["gbtree"] if "gbtree" in found else found)["model"]["trees"]

    for booster in ("gbtree-pruned", "dart-pruned"):
        assert any(2147483647 in tree["split_indices"] for tree in trees(booster)), booster


@pytest.mark.parametrize("kind", ["ubj", "json", "pickle"])
@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_several_targets(tmp_path, kind, strategy):
    features, labels = make_data("reg:squarederror")
    data = xgboost.DMatrix(features, np.c_[labels, labels[::-1], -labels])
    model = xgboost.train({"multi_strategy": strategy, "tree_method": "hist", "gamma": 0.5, "nthread": 1}, data, 5)
    expect_as_library(tmp_path, model, file_of(model, kind, tmp_path))


@pytest.mark.parametrize("kind", ["ubj", "json", "pickle"])
@pytest.mark.parametrize("onehot", [1, 100])
def test_categories_and_names_of_features(tmp_path, kind, onehot):
    features, labels = make_data("binary:logistic")
    features[:, 2] = np.arange(len(features)) % 23
    data = xgboost.DMatrix(features, labels, feature_names=["größe", "b", "c", 'd"', "e"],
                           feature_types=["float", "float", "c", "float", "float"], enable_categorical=True)
    model = xgboost.train({"objective": "binary:logistic", "max_cat_to_onehot": onehot, "tree_method": "hist", "gamma": 0.1,
                           "nthread": 1}, data, 5)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_bytes(file_of(model, kind, tmp_path))
    wanted = model.predict(data)
    with model_server(tmp_path) as port:
        got = np.array(invoke(port, to_csv(features)).split(), dtype=np.float64).astype(np.float32)
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize("kind", ["ubj", "json", "pickle"])
def test_an_early_stopped_model_uses_its_best_round(tmp_path, kind):
    features, labels = make_data("binary:logistic")
    held_out = xgboost.DMatrix(features[:50], labels[:50][::-1])
    model = xgboost.train({"objective": "binary:logistic", "gamma": 0.3}, xgboost.DMatrix(features, labels), 30,
                          evals=[(held_out, "held_out")], early_stopping_rounds=3, verbose_eval=False)
    assert model.num_boosted_rounds() > model.best_iteration + 1
    expect_as_library(tmp_path, model, file_of(model, kind, tmp_path))


@pytest.mark.parametrize("wrapper", ["XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier"])
@pytest.mark.parametrize("protocol", [2, 5])
def test_a_pickle_of_a_scikit_learn_estimator(tmp_path, wrapper, protocol):
    features, labels = make_data("binary:logistic")
    estimator = getattr(xgboost, wrapper)(n_estimators=5, gamma=0.5, n_jobs=1)
    more = {"qid": np.zeros(len(labels), dtype=int)} if wrapper == "XGBRanker" else {}
    estimator.fit(features, labels, **more)
    expect_as_library(tmp_path, estimator.get_booster(), pickle.dumps(estimator, protocol))


@pytest.mark.parametrize("model, reason", [
    (pickle.dumps(xgboost.XGBClassifier()), "a pickle without a trained xgboost.core.Booster"),
    (pickle.dumps({"a": 1}), "a pickle without a trained xgboost.core.Booster"),
    (json.dumps({"learner": {"objective": {"name": "mine"}, "learner_model_param": {"base_score": "0"}},
                 "version": [3, 2, 0]}).encode(), 'objective "mine" is not known'),
    (b"\x1f\x8b" + b"\0" * 50, "is compressed"),
    (b"", "is empty"),
])
def test_what_cannot_be_served_is_refused_by_its_name(tmp_path, model, reason):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_bytes(model)
    with pytest.raises(RuntimeError, match=re.escape(reason)):
        with model_server(tmp_path):
            pass


@pytest.mark.parametrize("value, reason", [
    ("predicted_label,probabilty", 'names "probabilty", which is no output. Choose of predicted_label, labels, '),
    ("predicted_score", "Models of objective rank:ndcg have no selectable output"),
])
def test_a_wrong_selection_of_outputs_stops_the_start(tmp_path, value, reason):
    (tmp_path / "model").mkdir()
    train("rank:ndcg", "gbtree").save_model(tmp_path / "model" / "xgboost-model.json")
    with pytest.raises(RuntimeError, match=re.escape(reason)):
        with model_server(tmp_path, SAGEMAKER_INFERENCE_OUTPUT=value):
            pass


@pytest.mark.parametrize("content_type", [None, "text/libsvm", "application/json", "application/x-recordio-protobuf"])
def test_a_body_that_is_not_what_its_content_type_says_is_415(tmp_path, content_type):
    (tmp_path / "model").mkdir()
    train("binary:logistic", "gbtree").save_model(tmp_path / "model" / "xgboost-model.json")
    with model_server(tmp_path) as port:
        with pytest.raises(urllib.error.HTTPError) as refused:
            request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", b"1,2,3\n", method="POST")
            request.add_header("Content-Type", content_type or "")
            urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 415
    assert "text/csv, text/libsvm, " in refused.value.read().decode()

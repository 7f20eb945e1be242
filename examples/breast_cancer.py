"""scikit-learn's bundled breast cancer data (569 tumours, 30 features) as XGBoost's CSV channels want it: label first."""

import csv
import pathlib

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


def to_csv(rows, path):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def write(directory):
    """Writes train.csv and validation.csv; returns their paths and the held-out rows with their labels."""
    features, label = load_breast_cancer(return_X_y=True)
    train, test, train_label, test_label = train_test_split(features, label, test_size=0.2, random_state=1, stratify=label)
    split = len(train) * 4 // 5
    labelled = [[int(y), *x] for y, x in zip(train_label, train)]
    directory = pathlib.Path(directory)
    return to_csv(labelled[:split], directory / "train.csv"), to_csv(labelled[split:], directory / "validation.csv"), test, test_label


def accuracy(scores, labels):
    return sum((score > 0.5) == bool(label) for score, label in zip(scores, labels)) / len(labels)

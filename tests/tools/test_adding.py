"""What docs/adding-an-algorithm.md and docs/adding-a-resource.md promise: the last algorithm and the last noun that were added are in the
files that these name and in no others."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAST_ALGORITHM = "kmeans"
# What the program is made of, tested by and built with. Documents may speak of anything, and AWS's policies of all of SageMaker.
SOURCES = (":!src/identity/managed_policies", "src", "cmake", "tools", "bench", "tests", "deploy", "examples", "console", "CMakeLists.txt", "CMakePresets.json", "Makefile")


def files_with(*words):
    patterns = [argument for word in words for argument in ("-e", re.escape(word))]
    found = subprocess.run(["git", "grep", "-lI", "--untracked", *patterns, "--", *SOURCES],
                           cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return sorted(set(found) - {str(pathlib.Path(__file__).relative_to(ROOT))})


def test_a_noun_without_behaviour_is_four_files():
    assert files_with("CodeRepositoryNoun", "CreateCodeRepository", "create_code_repository") == [
        "src/sagemaker/notebooks/code_repository.cc",
        "src/sagemaker/notebooks/code_repository_test.cc",
        "src/sagemaker/registry.cc",
        "tests/contract/test_code_repository.py",
    ]


def test_an_algorithm_is_four_files():
    algorithm = LAST_ALGORITHM
    assert files_with(algorithm) == [
        f"src/algorithms/{algorithm}/{algorithm}.cc",
        f"src/algorithms/{algorithm}/{algorithm}_test.cc",
        "src/algorithms/registry.cc",
        f"tests/contract/test_{algorithm}.py",
    ]


def test_the_document_names_them():
    text = (ROOT / "docs/adding-an-algorithm.md").read_text()
    for file in (f"src/algorithms/{LAST_ALGORITHM}/{LAST_ALGORITHM}.cc", f"src/algorithms/{LAST_ALGORITHM}/{LAST_ALGORITHM}_test.cc",
                 f"tests/contract/test_{LAST_ALGORITHM}.py", "src/algorithms/registry.cc"):
        assert f"`{file}`" in text and (ROOT / file).exists()

"""What docs/adding-an-algorithm.md promises: the last algorithm added is in the files that it names and in no others."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAST_ALGORITHM = "kmeans"
# What the program is made of, tested by and built with. Documents may speak of anything.
SOURCES = ("src", "cmake", "tools", "bench", "tests", "deploy", "examples", "console", "CMakeLists.txt", "CMakePresets.json", "Makefile")


def test_an_algorithm_is_four_files():
    algorithm = LAST_ALGORITHM
    found = subprocess.run(["git", "grep", "-lI", "--untracked", "-e", re.escape(algorithm), "--", *SOURCES],
                           cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    found.remove(str(pathlib.Path(__file__).relative_to(ROOT)))
    assert sorted(found) == [
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

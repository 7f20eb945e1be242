#!/usr/bin/env bash
# The model server beside FastAPI on uvicorn with 2 workers: one model (100 trees of depth 6, 30 features), 32
# connections, on this machine's cores together with the client. Prints requests a second and ratios.
# usage: bench/serving_http_bench.sh [PROGRAM]    (default: build/bin/sagebrush-algorithms)
source "$(dirname "$0")/../tools/strict.sh"
program=${1:-build/bin/sagebrush-algorithms}
seconds=${BENCH_SECONDS:-5}
work=$(mktemp -d)
started=()
finish() {
  for pid in "${started[@]}"; do kill "$pid" 2> /dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

peer=build/peer-venv
if [ ! -x $peer/bin/uvicorn ]; then
  .venv/bin/python -m venv --system-site-packages $peer
  $peer/bin/pip install -q fastapi==0.115.12 uvicorn==0.34.3 uvloop==0.21.0 httptools==0.6.4
  # The peer predicts with the same library that the model was trained with.
  .venv/bin/python -c "import sysconfig; print(sysconfig.get_paths()['purelib'])" > "$(echo $peer/lib/python*/site-packages)/main.pth"
fi

mkdir -p "$work/ml/model"
.venv/bin/python - "$work" <<'PYTHON'
import sys
import numpy as np
import xgboost
random = np.random.RandomState(5)
rows = random.normal(size=(4000, 30)).astype("f4")
labels = np.sin(rows * (np.arange(30) % 5)).sum(1) + random.normal(size=4000) > 0
booster = xgboost.train({"objective": "binary:logistic", "max_depth": 6}, xgboost.DMatrix(rows, label=labels), 100)
with open(sys.argv[1] + "/ml/model/xgboost-model", "wb") as file:
    file.write(booster.save_raw("ubj"))
for count in (1, 100):
    np.savetxt("%s/%d.csv" % (sys.argv[1], count), rows[:count], delimiter=",", fmt="%.5f")
    with open("%s/%d.lua" % (sys.argv[1], count), "w") as file:
        file.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "text/csv"\n'
                   'wrk.body = io.open("%s/%d.csv"):read("*a")\n' % (sys.argv[1], count))
PYTHON
cat > "$work/peer.py" <<'PYTHON'
import os
import numpy as np
import xgboost
from fastapi import FastAPI, Request, Response
app = FastAPI()
booster = xgboost.Booster(model_file=os.environ["MODEL"])
booster.set_param("nthread", 1)
@app.post("/invocations")
async def invocations(request: Request):
    body = (await request.body()).decode()
    rows = np.array([line.split(",") for line in body.split()], dtype=np.float32)
    return Response(",".join(map(str, booster.inplace_predict(rows).tolist())), media_type="text/csv")
PYTHON

free_port() { .venv/bin/python -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
wait_for() { for _ in $(seq 200); do curl -s -o /dev/null "$1" && return 0; sleep 0.1; done; echo "nothing answers at $1" >&2; exit 1; }
rate() { wrk -t2 -c32 -d"${seconds}s" -s "$work/$2.lua" "http://127.0.0.1:$1/invocations" | awk '/Requests\/sec/ {print $2}'; }

ours=$(free_port)
SAGEMAKER_BIND_TO_PORT=$ours "$program" serve xgboost --root "$work/ml" 2> "$work/ours.log" & started+=($!)
wait_for "http://127.0.0.1:$ours/ping"
declare -A result
for count in 1 100; do result[ours$count]=$(rate "$ours" $count); done

theirs=$(free_port)
(cd "$work" && MODEL=$work/ml/model/xgboost-model exec "$OLDPWD/$peer/bin/uvicorn" peer:app --port "$theirs" --workers 2 --log-level warning) & started+=($!)
wait_for "http://127.0.0.1:$theirs/docs"
for count in 1 100; do result[theirs$count]=$(rate "$theirs" $count); done

printf '%-16s %14s %14s %8s\n' 'rows a request' 'sagebrush req/s' 'fastapi req/s' 'ratio'
for count in 1 100; do
  awk -v n=$count -v a="${result[ours$count]}" -v b="${result[theirs$count]}" \
    'BEGIN { printf "%-16d %14.0f %14.0f %7.1fx   (%.2f M rows/s beside %.2f M)\n", n, a, b, a / b, a * n / 1e6, b * n / 1e6 }'
done

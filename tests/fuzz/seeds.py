"""Writes inputs from which a fuzz target starts, where it would be long in finding the form of its parser by itself.

usage: seeds.py TARGET DIRECTORY
"""

import base64
import io
import json
import pathlib
import struct
import sys
import tarfile
import zipfile

import requests_seeds

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "xgboost"
BYTES_MAX = 8192  # As tools/fuzz.sh tells libFuzzer.


def archives():
    fine = [
        ("/", tarfile.DIRTYPE, ""),
        ("a/xgboost-model", tarfile.REGTYPE, ""),
        ("link", tarfile.SYMTYPE, "a/xgboost-model"),
        ("a/seen", tarfile.SYMTYPE, "/opt/ml/model/link"),
        ("hard", tarfile.LNKTYPE, "a/xgboost-model"),
        ("/absolute", tarfile.REGTYPE, ""),
        ("./d/../e/./\xe9", tarfile.REGTYPE, ""),
    ]
    refused = [("out", tarfile.SYMTYPE, "../.."), ("../up", tarfile.REGTYPE, ""), ("device", tarfile.CHRTYPE, "")]

    def tar(mode, entries):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:
            for name, kind, link in entries:
                member = tarfile.TarInfo(name)
                member.type, member.linkname, member.size = kind, link, 5 if kind == tarfile.REGTYPE else 0
                archive.addfile(member, io.BytesIO(b"model"))
        return out.getvalue()[:6144]  # Without most of the zeros at the end.

    for mode in ("w", "w:gz"):
        yield tar(mode, fine)
        yield from (tar(mode, [*fine[:2], each]) for each in refused)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/xgboost-model", b"model")
        archive.writestr("../up", b"up")
    yield out.getvalue()


def parquet_files():
    import pyarrow
    import pyarrow.parquet

    for columns in (
        {"y": [0, 1], "a": [1.5, None], "b": [True, False]},
        {"y": [0.5, 1], "name": ["x", "y"]},
        {"y": pyarrow.array([1, 2], pyarrow.float16()), "d": pyarrow.array([1, 2], pyarrow.decimal128(5, 2))},
    ):
        for flag in (b"\0", b"\1"):
            out = io.BytesIO()
            pyarrow.parquet.write_table(pyarrow.table(columns), out, row_group_size=1, store_schema=False)
            yield flag + out.getvalue()


def models(form):
    for file in sorted(file for file in FIXTURES.iterdir() if form in file.name):
        yield base64.b64decode(json.loads(file.read_text())["model"])


def records():
    def field(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    values = field(1, struct.pack("<3f", 1, 2, 3))
    sparse = values + field(2, bytes([0, 4, 9])) + field(3, bytes([10]))
    for tensor in (values, sparse):
        feature = field(1, field(1, b"values") + field(2, field(2, tensor)))
        label = field(2, field(1, b"values") + field(2, field(2, field(1, struct.pack("<f", 1)))))
        record = feature + label
        yield b"\1" + struct.pack("<II", 0xCED7230A, len(record)) + record + bytes(-len(record) % 4)


def texts(*lines):
    return (line.encode() for line in lines)


SIGNED = "AWS4-HMAC-SHA256 Credential=A/20231114/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
PRESIGNED = "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20231114%2Fus-east-1%2Fs3%2Faws4_request"
PRESIGNED += "&X-Amz-Date=20231114T221320Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0" * 64

SEEDS = {
    "archive_fuzz": archives,
    "booster_binary_fuzz": lambda: models(""),
    "connection_fuzz": lambda: texts(
        "\x01POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET /file HTTP/1.0\r\n\r\n",
        "\x01PUT /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3;x=y\r\nabc\r\n0\r\nt: u\r\n\r\n",
        "\x01CONNECT runtime.sagemaker.us-east-1.amazonaws.com:443 HTTP/1.1\r\n\r\n",
    ),
    "credentials_fuzz": lambda: texts("[default]\naws_access_key_id = A\naws_secret_access_key=b\naws_session_token = c\n"),
    "event_pattern_fuzz": lambda: texts(
        '{"source": ["a", {"prefix": {"equals-ignore-case": "B"}}], "detail": {"n": [{"numeric": [">", 1, "<=", 2.5]}], "x": [{"exists": false}],'
        ' "$or": [{"w": [{"wildcard": "a*b\\\\*"}]}, {"ip": [{"cidr": "10.0.0.0/8"}, {"anything-but": {"suffix": ["c"]}}, null]}]}}\n'
        '{"source": "a", "detail": {"n": 2, "w": ["axb*"], "ip": "10.1.2.3"}}',
    ),
    "hyperparameters_fuzz": lambda: texts(
        '{"num_round": "3", "eta": "0.1", "objective": "multi:softmax", "num_class": "3", "eval_metric": "auc,error@0.7",'
        ' "monotone_constraints": "(1,-1)", "interaction_constraints": "[[0,1],[2]]", "updater": "grow_histmaker,prune"}',
        '{"k": "3", "feature_dim": "2", "extra_center_factor": "auto", "eval_metrics": "\\"[\\\\\\"msd\\\\\\"]\\""}',
    ),
    "json_web_token_fuzz": lambda: texts(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q\n"
        '{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},'
        '{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}'),
    "log_filter_pattern_fuzz": lambda: texts(
        '{ ($.a.b[0] >= 1.5 && $.c = "x*") || $.d IS NULL || $.e NOT EXISTS }\n{"a": {"b": [2]}, "c": "xy"}',
        '[ip, user, ..., status = 4*, size > 100]\n1.2.3.4 me x 404 1000',
        'ERROR -"exit now" ?a ?b %[0-9]+%\nERROR 12',
    ),
    "metric_definitions_fuzz": lambda: texts("m=([0-9.]+)\nm=1.5 m=x m=2", "#011train-auc:([-+]?[0-9]*\\.?[0-9]+)\n"),
    "ndarray_fuzz": lambda: [struct.pack("<QQQIiIQiii2fQQ1s", 0x112, 0, 1, 0xF993FAC9, 0, 1, 2, 1, 0, 0, 1, 2, 1, 1, b"a")],
    "requests_fuzz": requests_seeds.requests,
    "parquet_fuzz": parquet_files,
    "pickle_fuzz": lambda: models("pickle"),
    "policy_fuzz": lambda: texts(requests_seeds.POLICY, requests_seeds.BUCKET_POLICY, requests_seeds.TRUST),
    "recordio_fuzz": records,
    "schedule_expression_fuzz": lambda: texts("rate(5 minutes)", "cron(0/15,30 8-18 L-3 JAN-MAR/2 ? 2024-2030)", "cron(0 9 ? * 6#3 *)"),
    "cors_fuzz": lambda: texts('https://a.b\n{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["https://*.b"],"AllowedHeaders":["*"]}],'
                               '"IndexDocument":{"Suffix":"i"},"RoutingRules":[{"Condition":{"KeyPrefixEquals":"a/","HttpErrorCodeReturnedEquals":"404"},'
                               '"Redirect":{"ReplaceKeyPrefixWith":"b/","HttpRedirectCode":"302"}}]}'),
    "multipart_form_fuzz": lambda: texts('\x10multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--b\r\n'
                                         'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\nbytes\r\n--b--\r\n'),
    "post_policy_fuzz": lambda: texts('{"expiration":"2030-01-01T00:00:00Z","conditions":[{"acl":"private"},["starts-with","$key",""],["eq","$bucket","bucket"],'
                                      '["content-length-range",0,"10"]]}'),
    "select_fuzz": lambda: texts("SELECT s.a AS x, CAST(_2 AS DECIMAL(4,2)) FROM S3Object[*].b['c'][*] s WHERE NOT a LIKE 'x%' ESCAPE '!' AND b IN (1, 2.5e3) LIMIT 5",
                                 "SELECT CASE a WHEN 1 THEN `2007T` ELSE NULL END, TRIM(BOTH 'x' FROM a), SUBSTRING(a FROM 1 FOR 2), EXTRACT(YEAR FROM UTCNOW()) FROM S3Object",
                                 "SELECT COUNT(*), SUM(a) FROM S3Object WHERE a IS NOT MISSING AND b BETWEEN 'a' AND \"B\""),
    "s3_headers_fuzz": lambda: texts("bytes=0-9,20-", "b/k%20?versionId=null", "a=b&c=d%20", '"e", W/"f", *', "CRC32:AAAAAA==:2"),
    "sigv4_fuzz": lambda: texts(
        f"GET\n/b/k?a=b\nhost:h\nx-amz-date:20231114T221320Z\nauthorization:{SIGNED}\n\n",
        f"GET\n{PRESIGNED}\nhost:h\n\n",
        "GET\n/b/k?AWSAccessKeyId=A&Signature=AAAA&Expires=1700000000\nhost:h\n\n",
    ),
    "ubj_fuzz": lambda: [*models("ubj"), *models("-json")],
    "workload_files_fuzz": lambda: texts(
        '{"running": false, "started": 1, "ended": 2, "reason": "Exited", "exit_code": 3, "message": ""}',
        '{"command": ["a"], "environment": {"A": "b"}, "working_directory": "/", "mounts": [{"source": "/a", "target": "/b",'
        ' "read_only": true}], "cpus": 1.5, "memory_bytes_max": 1, "disk_bytes_max": 1, "processes_max": 1, "network": true,'
        ' "api_address": "", "run_time_max": 1, "stop_grace": 1, "log_file": "/l", "port": 8080, "boot_id": "x"}',
    ),
}


def main(target, directory):
    directory.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(SEEDS.get(target, lambda: ())()):
        if len(seed) <= BYTES_MAX:
            (directory / f"{i:03}").write_bytes(seed)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))

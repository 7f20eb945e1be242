"""The daily work of one client library with one bucket, its defaults and nothing but `sagebrush env`. usage: daily_work.py CLIENT BUCKET"""

import io
import os
import pathlib
import sys


def s3fs(bucket):
    import s3fs
    fs = s3fs.S3FileSystem()
    with fs.open(f"{bucket}/s3fs/a b/ü.txt", "wb") as file:
        file.write(b"x" * (6 << 20) + b"end")  # More than one part.
    assert fs.cat(f"{bucket}/s3fs/a b/ü.txt", start=-3) == b"end"
    assert fs.ls(f"{bucket}/s3fs/a b") == [f"{bucket}/s3fs/a b/ü.txt"] and fs.info(f"{bucket}/s3fs/a b/ü.txt")["size"] == (6 << 20) + 3
    fs.copy(f"{bucket}/s3fs/a b/ü.txt", f"{bucket}/s3fs/copy")
    fs.pipe({f"{bucket}/s3fs/many/{i}": b"%d" % i for i in range(20)})
    assert len(fs.glob(f"{bucket}/s3fs/many/*")) == 20 and fs.du(f"{bucket}/s3fs/many") == 30
    fs.mv(f"{bucket}/s3fs/copy", f"{bucket}/s3fs/moved")
    assert not fs.exists(f"{bucket}/s3fs/copy") and fs.isdir(f"{bucket}/s3fs/many")
    fs.rm(f"{bucket}/s3fs", recursive=True)
    assert not fs.exists(f"{bucket}/s3fs")


def pyarrow(bucket):
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet
    from pyarrow import fs
    s3 = fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"])  # It does not read the variable itself.
    table = pyarrow.table({"x": range(100_000), "part": [i % 3 for i in range(100_000)]})
    pyarrow.parquet.write_table(table, f"{bucket}/pyarrow/table.parquet", filesystem=s3)
    pyarrow.dataset.write_dataset(table, f"{bucket}/pyarrow/set", filesystem=s3, format="parquet", partitioning=["part"])
    read = pyarrow.dataset.dataset(f"{bucket}/pyarrow/set", filesystem=s3, partitioning=["part"])
    assert read.count_rows() == 100_000
    assert pyarrow.parquet.read_table(f"{bucket}/pyarrow/table.parquet", filesystem=s3, columns=["x"]).num_rows == 100_000
    infos = s3.get_file_info(fs.FileSelector(f"{bucket}/pyarrow", recursive=True))
    assert sum(info.is_file for info in infos) == 4
    s3.copy_file(f"{bucket}/pyarrow/table.parquet", f"{bucket}/pyarrow/copy")
    s3.move(f"{bucket}/pyarrow/copy", f"{bucket}/pyarrow/moved")
    s3.delete_dir(f"{bucket}/pyarrow")
    assert s3.get_file_info(f"{bucket}/pyarrow").type == fs.FileType.NotFound


def pandas(bucket):
    import pandas
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "ü"]})
    frame.to_csv(f"s3://{bucket}/pandas/a.csv", index=False)
    frame.to_parquet(f"s3://{bucket}/pandas/a.parquet")
    frame.to_json(f"s3://{bucket}/pandas/a.json.gz")
    for read in (pandas.read_csv(f"s3://{bucket}/pandas/a.csv"), pandas.read_parquet(f"s3://{bucket}/pandas/a.parquet"),
                 pandas.read_json(f"s3://{bucket}/pandas/a.json.gz")):
        assert read.equals(frame)


def polars(bucket):
    import polars
    options = {"aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"], "aws_allow_http": "true"}
    frame = polars.DataFrame({"a": list(range(1000)), "b": [str(i) for i in range(1000)]})
    frame.write_parquet(f"s3://{bucket}/polars/a.parquet", storage_options=options)
    frame.write_csv(f"s3://{bucket}/polars/a.csv", storage_options=options)
    scanned = polars.scan_parquet(f"s3://{bucket}/polars/*.parquet", storage_options=options)
    assert scanned.filter(polars.col("a") > 997).collect()["b"].to_list() == ["998", "999"]
    assert polars.scan_csv(f"s3://{bucket}/polars/a.csv", storage_options=options).select(polars.len()).collect().item() == 1000


def duckdb(bucket):
    import duckdb
    import duckdb_extension_httpfs
    extension = next(pathlib.Path(duckdb_extension_httpfs.__file__).parent.glob("extensions/*/httpfs.duckdb_extension"))
    endpoint = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
    db = duckdb.connect()
    db.execute(f"INSTALL '{extension}'; LOAD httpfs")
    db.execute(f"""CREATE SECRET (TYPE s3, KEY_ID '{os.environ["AWS_ACCESS_KEY_ID"]}', SECRET '{os.environ["AWS_SECRET_ACCESS_KEY"]}',
                   REGION '{os.environ["AWS_REGION"]}', ENDPOINT '{endpoint}', URL_STYLE 'path', USE_SSL false)""")

    def select(query):
        return db.execute(query).fetchall()

    folder = f"s3://{bucket}/duckdb"
    table = f"'{folder}/table.parquet'"
    db.execute(f"COPY (SELECT range AS id, range % 3 AS part, 'ü' || range AS name FROM range(300_000)) TO {table}")
    assert select(f"SELECT name FROM {table} WHERE id = 299_999") == [("ü299999",)]
    assert select(f"SELECT count(*) FROM parquet_metadata({table})")[0][0] > 1
    partitioned = f"'{folder}/set' (FORMAT parquet, PARTITION_BY (part)"
    db.execute(f"COPY (FROM {table}) TO {partitioned})")
    counts = f"SELECT part, count(*) FROM read_parquet('{folder}/set/*/*.parquet', hive_partitioning = true) GROUP BY part ORDER BY part"
    assert select(counts) == [(0, 100_000), (1, 100_000), (2, 100_000)]
    db.execute(f"COPY (FROM {table} WHERE part < 2) TO {partitioned}, OVERWRITE)")  # Deletes what is there first.
    assert select(counts) == [(0, 100_000), (1, 100_000)]
    assert len(select(f"FROM glob('{folder}/**')")) == 3
    for name in ("a b=c+d ü.csv", "rows.csv.gz", "rows.json"):
        db.execute(f"COPY (FROM {table} LIMIT 1000) TO '{folder}/{name}'")
        assert select(f"SELECT count(*), max(name) FROM '{folder}/{name}'") == [(1000, "ü999")], name
    db.execute(f"COPY (SELECT range AS id, md5(range::VARCHAR) AS md5 FROM range(3_000_000)) TO '{folder}/large.csv'")  # Many parts.
    assert select(f"SELECT count(*), count(DISTINCT md5) FROM '{folder}/large.csv'") == [(3_000_000, 3_000_000)]
    try:
        select(f"FROM '{folder}/none.parquet'")
    except duckdb.HTTPException as error:
        assert "404" in str(error), error
    else:
        raise AssertionError("what is not there was read")


def smart_open(bucket):
    import smart_open
    with smart_open.open(f"s3://{bucket}/smart_open/a.txt.gz", "w") as file:
        for i in range(1000):
            file.write(f"{i}\n")
    with smart_open.open(f"s3://{bucket}/smart_open/a.txt.gz") as file:
        assert sum(int(line) for line in file) == 499_500
    with smart_open.open(f"s3://{bucket}/smart_open/b", "wb") as file:
        file.write(b"0123456789")
    with smart_open.open(f"s3://{bucket}/smart_open/b", "rb") as file:
        file.seek(-3, io.SEEK_END)
        assert file.read() == b"789"


def boto3(bucket):
    import boto3
    s3 = boto3.client("s3")
    form = s3.generate_presigned_post(bucket, "boto3/form")
    assert form["url"].startswith("http") and "policy" in form["fields"]
    s3.upload_fileobj(io.BytesIO(b"x" * (9 << 20)), bucket, "boto3/large")
    assert s3.head_object(Bucket=bucket, Key="boto3/large")["ContentLength"] == 9 << 20
    s3.put_object(Bucket=bucket, Key="boto3/small", Body=b"small", Metadata={"a": "b"})
    assert s3.get_object(Bucket=bucket, Key="boto3/small")["Body"].read() == b"small"
    keys = [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="boto3/") for entry in page["Contents"]]
    assert keys == ["boto3/large", "boto3/small"]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})["Deleted"]) == 2


if __name__ == "__main__":
    {work.__name__: work for work in (s3fs, pyarrow, pandas, polars, duckdb, smart_open, boto3)}[sys.argv[1]](sys.argv[2])

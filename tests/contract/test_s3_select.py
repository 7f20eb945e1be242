"""SelectObjectContent through boto3 on a live server. Sources, below https://docs.aws.amazon.com/AmazonS3/latest/: `select`:
userguide/s3-select-sql-reference-select.html, `api`: API/API_SelectObjectContent.html, `codes`: API/ErrorResponses.html (SELECT Object
Content Error Codes), `date`: userguide/s3-select-sql-reference-date.html, `string`: userguide/s3-select-sql-reference-string.html,
`events`: API/RESTSelectObjectAppendix.html."""

import bz2
import gzip
import io
import json
import os
import pathlib
import signal

import botocore.config
import pyarrow
import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError, EventStreamError

from live_server import wait_until
from s3_buckets import bucket, error_of, refused, s3, unsigned  # noqa: F401
from test_access import statement, users  # noqa: F401

PEOPLE = b'name,Age,city\nann,30,"a,b"\nbob,7,\ncarl,x,paris\ndora\n'
CSV = {"CSV": {"FileHeaderInfo": "USE"}}
LINES = {"JSON": {"Type": "LINES"}}
DOCUMENT = {"JSON": {"Type": "DOCUMENT"}}


@pytest.fixture
def select(s3, bucket):
    def run(body, expression, input=CSV, output=None, key="object", **more):
        if body is not None:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        reply = s3.select_object_content(Bucket=bucket, Key=key, Expression=expression, ExpressionType="SQL", InputSerialization=input,
                                         OutputSerialization=output or {"CSV": {}}, **more)
        return list(reply["Payload"])

    return run


def records(events):
    return b"".join(event["Records"]["Payload"] for event in events if "Records" in event).decode()


def failure(events):
    """The code of the error that ends the stream."""
    with pytest.raises(EventStreamError) as caught:
        events()
    return caught.value.response["Error"]["Code"]


# select, api: clauses, columns by header and position, what is case sensitive.
@pytest.mark.parametrize("expression, expected", [
    ("SELECT * FROM S3Object", 'ann,30,"a,b"\nbob,7,\ncarl,x,paris\ndora,,\n'),
    ("SELECT s.name FROM S3Object s WHERE s.AGE > 10", "ann\n"),
    ("SELECT s._1 FROM s3object AS s LIMIT 2", "ann\nbob\n"),
    ('SELECT s."Age" FROM S3Object[*] s WHERE s.name = \'bob\'', "7\n"),
    ("SELECT COUNT(*), MAX(CHAR_LENGTH(name)) FROM S3Object", "4,4\n"),
    ("SELECT SUM(CAST(age AS INT)) FROM S3Object WHERE name IN ('ann', 'bob')", "37\n"),
    ("SELECT name FROM S3Object WHERE city IS MISSING", "dora\n"),
    ("SELECT name FROM S3Object WHERE city LIKE 'p%s' OR name BETWEEN 'a' AND 'b'", "ann\ncarl\n"),
    ("SELECT CASE name WHEN 'ann' THEN 1 ELSE 2 END, COALESCE(city, '-'), NULLIF(name, 'bob') FROM S3Object s WHERE NOT name = 'carl'",
     '1,"a,b",ann\n2,,\n2,-,dora\n'),
])
def test_queries_of_csv(select, expression, expected):
    assert records(select(PEOPLE, expression)) == expected


# date and string: the examples there.
@pytest.mark.parametrize("expression, expected", [
    ("DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01T00:00:00Z"),
    ("DATE_ADD(month, -1, `2010-01-10T`)", "2009-12-10T00:00:00Z"),
    ("DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", "1"),
    ("DATE_DIFF(month, `2011T`, `2010T`)", "-12"),
    ("DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"),
    ("EXTRACT(YEAR FROM `2010-01-01T`)", "2010"),
    ("TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", "\"July 20, 1969\""),
    ("TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m')", "1969-07-20T20:18"),
    ("TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T20:14:33.079Z"),
    ("SUBSTRING('123456789', 0)", "123456789"),
    ("SUBSTRING('123456789', 2, 4)", "2345"),
    ("SUBSTRING('123456789' FROM -46)", "123456789"),
    ("TRIM(BOTH '12' FROM '1112211foobar22211122')", "foobar"),
    ("TRIM('  x ')", "x"),
    ("UPPER('aB') || LOWER('Cd')", "ABcd"),
    ("CAST('2' AS INT) + 2 * 3 - 1", "7"),
    ("CAST('1.25' AS DECIMAL(4, 1))", "1.3"),
])
def test_functions(select, expression, expected):
    assert records(select(b"x\n", f"SELECT {expression} FROM S3Object", {"CSV": {}})) == expected + "\n"


# api: forms of CSV, read and written.
@pytest.mark.parametrize("body, csv, output, expected", [
    (b"a;b|c;d|", {"FieldDelimiter": ";", "RecordDelimiter": "|"}, {}, "a,b\nc,d\n"),
    (b"# no\na,b\r\nc,d\r\n", {"Comments": "#"}, {}, "a,b\nc,d\n"),
    (b"h,i\na,b\n", {"FileHeaderInfo": "IGNORE"}, {}, "a,b\n"),
    (b'"a""b","c\nd"\n', {"AllowQuotedRecordDelimiter": True}, {}, '"a""b","c\nd"\n'),
    (b'"a\\"b",c\n', {"QuoteEscapeCharacter": "\\"}, {"QuoteEscapeCharacter": "\\"}, '"a\\"b",c\n'),
    (b"a,b\n", {}, {"QuoteFields": "ALWAYS", "FieldDelimiter": "\t", "RecordDelimiter": "|", "QuoteCharacter": "'"}, "'a'\t'b'|"),
    (b"\xef\xbb\xbfa,b\n", {}, {}, "a,b\n"),
])
def test_forms_of_csv(select, body, csv, output, expected):
    assert records(select(body, "SELECT * FROM S3Object", {"CSV": csv}, {"CSV": output})) == expected


# select: paths, wildcards, MISSING, which is an empty record.
@pytest.mark.parametrize("body, input, expression, expected", [
    (b'{"id":1,"Name":"x","tags":["a","b"]}\n{"id":"2","name":null}\n', LINES, "SELECT s.id, s.NAME FROM S3Object s",
     [{"id": 1, "NAME": "x"}, {"id": "2", "NAME": None}]),
    (b'{"id":1}\n{"id":5}\n', LINES, "SELECT * FROM S3Object[*] s WHERE s.id > 1", [{"id": 5}]),
    (b'{"id":1}\n{"id":5}\n', LINES, "SELECT SUM(s.id) AS total FROM S3Object s", [{"total": 6}]),
    (b'{"a":null}\n{}\n', LINES, "SELECT COUNT(*) FROM S3Object s WHERE s.a IS NULL", [{"_1": 2}]),
    (b'{"a":null}\n{}\n', LINES, "SELECT COUNT(*) FROM S3Object s WHERE s.a IS MISSING", [{"_1": 1}]),
    (b'{"Rules":[{"id":"1"},{"expr":"y"},{"id":"2"}]}', DOCUMENT, "SELECT id FROM S3Object[*].Rules[*].id",
     [{"id": "1"}, {}, {"id": "2"}]),
    (b'{"m":{"a":{"v":1},"b":{"v":2}}}', DOCUMENT, "SELECT x.v FROM S3Object[*].m.* x", [{"v": 1}, {"v": 2}]),
    (b'{"a":[{"b":1.50}]}', DOCUMENT, "SELECT s.a[0].b, s['a'] FROM S3Object s", [{"b": 1.5, "a": [{"b": 1.5}]}]),
])
def test_queries_of_json(select, body, input, expression, expected):
    lines = records(select(body, expression, input, {"JSON": {}})).splitlines()
    assert [json.loads(line) for line in lines] == expected


def parquet(**columns):
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out, compression="snappy")
    return out.getvalue()


# api: Parquet, its columns typed.
def test_parquet(select):
    body = parquet(id=[1, 2, 3], name=["a", None, "c"], price=pyarrow.array([1.5, 2.5, 3.25]), ok=[True, False, None])
    assert records(select(body, "SELECT s.name, s.price FROM S3Object s WHERE s.id >= 2 AND s.price < 3.0", {"Parquet": {}},
                          {"JSON": {}})) == '{"price":2.5}\n'
    assert records(select(None, "SELECT * FROM S3Object WHERE ok", {"Parquet": {}})) == "1,a,1.5,true\n"
    assert records(select(None, "SELECT AVG(price), COUNT(name) FROM S3Object", {"Parquet": {}})) == "2.4166666666666665,2\n"


@pytest.mark.parametrize("name, compress", [("GZIP", gzip.compress), ("BZIP2", bz2.compress)])
def test_compressed_objects(select, name, compress):
    body = compress(PEOPLE)
    events = select(body, "SELECT COUNT(*) FROM S3Object", CSV | {"CompressionType": name})
    assert records(events) == "4\n"
    stats = next(event["Stats"]["Details"] for event in events if "Stats" in event)
    assert stats == {"BytesScanned": len(body), "BytesProcessed": len(PEOPLE), "BytesReturned": 2}


# events: Records, Progress where it is asked for, Stats, End.
def test_the_events_and_their_order(select):
    kinds = [next(iter(event)) for event in select(PEOPLE, "SELECT * FROM S3Object", RequestProgress={"Enabled": True})]
    assert kinds == ["Records", "Progress", "Stats", "End"]
    assert [next(iter(event)) for event in select(b"", "SELECT * FROM S3Object")] == ["Stats", "End"]


# api, ScanRange: a record is processed when its first byte lies in the range.
@pytest.mark.parametrize("range, expected", [
    ({"Start": 0, "End": 3}, "a\n"), ({"Start": 3, "End": 4}, "c\n"), ({"Start": 4, "End": 8}, "c\ne\n"), ({"Start": 1}, "c\ne\ng\n"),
    ({"End": 5}, "g\n"), ({"Start": 5, "End": 6}, ""),
])
def test_scan_ranges(select, range, expected):
    assert records(select(b"a,b\nc,d\ne,f\ng,h\n", "SELECT _1 FROM S3Object", {"CSV": {}}, ScanRange=range)) == expected


def test_ranges_together_have_every_record_once(select, s3, bucket):
    lines = [f"{i},{'x' * (i % 37)}" for i in range(2000)]
    body = "\n".join(lines).encode()
    found = ""
    for start in range(0, len(body), 5000):
        found += records(select(body, "SELECT _1 FROM S3Object", {"CSV": {}}, ScanRange={"Start": start, "End": start + 4999}))
    assert found.split() == [str(i) for i in range(2000)]


# codes: what is wrong with the request is the reply's error.
@pytest.mark.parametrize("expression, code", [
    ("SELECT * FROM read_csv('/etc/passwd')", "InvalidDataSource"),
    ("SELECT * FROM S3Object, S3Object", "MultipleDataSourcesUnsupported"),
    ("SELECT (SELECT 1) FROM S3Object", "ParseUnsupportedSelect"),
    ("SELECT name", "ParseSelectMissingFrom"),
    ("SELECT *, name FROM S3Object", "ParseAsteriskIsNotAloneInSelectList"),
    ("SELECT name FROM S3Object ORDER BY name", "UnsupportedSqlStructure"),
    ("SELECT getenv('HOME') FROM S3Object", "UnsupportedFunction"),
    ("SELECT CAST(name AS BLOB) FROM S3Object", "ParseExpectedTypeName"),
    ("SELECT nothing FROM S3Object", "MissingHeaders"),
    ("SELECT 'x FROM S3Object", "LexerInvalidLiteral"),
    ("SELECT ? FROM S3Object", "LexerInvalidChar"),
    ("COPY S3Object TO '/tmp/x'", "ParseUnsupportedSyntax"),
    ("SELECT name, COUNT(*) FROM S3Object", "UnsupportedSqlStructure"),
    ("SELECT " + "(" * 500 + "1" + ")" * 500 + " FROM S3Object", "UnsupportedSqlStructure"),
    ("SELECT '" + "x" * 262144 + "' FROM S3Object", "ExpressionTooLong"),
])
def test_expressions_that_are_refused(s3, bucket, select, expression, code):
    s3.put_object(Bucket=bucket, Key="object", Body=PEOPLE)
    assert error_of(select, body=None, expression=expression) == (code, 400)


def test_serializations_that_contradict_themselves(select):
    assert error_of(select, body=PEOPLE, expression="SELECT * FROM S3Object", input=CSV | LINES) == ("ObjectSerializationConflict", 400)
    assert error_of(select, body=None, expression="SELECT * FROM S3Object", output={"CSV": {}, "JSON": {}}) == (
        "ObjectSerializationConflict", 400)
    gzipped = {"Parquet": {}, "CompressionType": "GZIP"}
    assert error_of(select, body=None, expression="SELECT * FROM S3Object", input=gzipped) == ("InvalidRequestParameter", 400)
    assert error_of(select, body=None, expression="SELECT * FROM S3Object", input=DOCUMENT, ScanRange={"Start": 1}) == (
        "UnsupportedScanRangeInput", 400)
    assert error_of(select, body=None, expression="SELECT * FROM S3Object", key="missing") == ("NoSuchKey", 404)


# What shows while the object is read is the last event. Bombs and damage of each form end the query and nothing else.
@pytest.mark.parametrize("body, input, expression, code", [
    (PEOPLE, CSV, "SELECT CAST(age AS INT) FROM S3Object", "CastFailed"),
    (b"a\n" * 1000 + b"b\xff\n", {"CSV": {}}, "SELECT * FROM S3Object", "InvalidTextEncoding"),
    (b"a\n" * 200000 + b"x" * (2 << 20) + b"\n", {"CSV": {}}, "SELECT COUNT(*) FROM S3Object", "OverMaxRecordSize"),
    (b'{"a":1}\n{"a":', LINES, "SELECT * FROM S3Object", "JSONParsingError"),
    (b"[" * 300000, DOCUMENT, "SELECT * FROM S3Object", "JSONParsingError"),
    (gzip.compress(b"a\n" * 1000000)[:-9], {"CSV": {}, "CompressionType": "GZIP"}, "SELECT COUNT(*) FROM S3Object", "TruncatedInput"),
])
def test_objects_that_cannot_be_read(select, body, input, expression, code):
    assert failure(lambda: select(body, expression, input)) == code
    assert records(select(PEOPLE, "SELECT COUNT(*) FROM S3Object")) == "4\n"


@pytest.mark.parametrize("body, input, code", [
    (gzip.compress(bytes(100 << 20)), {"CSV": {}, "CompressionType": "GZIP"}, "OverMaxRecordSize"),
    (PEOPLE, {"CSV": {}, "CompressionType": "GZIP"}, "InvalidCompressionFormat"),
    (PEOPLE, {"Parquet": {}}, "ParquetParsingError"),
    (b"PAR1" + os.urandom(5000) + b"PAR1", {"Parquet": {}}, "ParquetParsingError"),
])
def test_objects_that_are_not_what_is_said(select, body, input, code):
    error, status = refused(select, body=body, expression="SELECT * FROM S3Object", input=input)
    assert (error["Code"], status) == (code, 400)


# api: s3:GetObject, and nobody without a signature.
def test_who_may_select(aws, users, s3, bucket):
    s3.put_object(Bucket=bucket, Key="object", Body=PEOPLE)
    arguments = dict(Bucket=bucket, Key="object", Expression="SELECT * FROM S3Object", ExpressionType="SQL", InputSerialization=CSV,
                     OutputSerialization={"CSV": {}})
    stranger = users.client("s3", "select-stranger", statement("Allow", "s3:ListBucket"))
    assert error_of(stranger.select_object_content, **arguments) == ("AccessDenied", 403)
    reader = users.client("s3", "select-reader", statement("Allow", "s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    assert records(reader.select_object_content(**arguments)["Payload"]).startswith("ann")
    assert error_of(unsigned(aws).select_object_content, **arguments)[1] == 403


# api: SSE-KMS needs nothing more; SSE-C takes the headers of GetObject.
def test_encrypted_objects(aws, s3, bucket, select):
    s3.put_object(Bucket=bucket, Key="kms", Body=PEOPLE, ServerSideEncryption="aws:kms")
    assert records(select(None, "SELECT COUNT(*) FROM S3Object", key="kms")) == "4\n"
    s3.put_object(Bucket=bucket, Key="kms.parquet", Body=parquet(a=[1]), ServerSideEncryption="aws:kms")
    assert records(select(None, "SELECT * FROM S3Object", {"Parquet": {}}, key="kms.parquet")) == "1\n"


def workers(server):
    """The process ids of the sandboxes that run queries of this server."""
    out = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server.process.pid and b"sagebrush-select" in (folder / "cmdline").read_bytes():
                out.append(int(folder.name))
        except OSError:
            pass
    return out


BIG = b"".join(b"%d,%s\n" % (i, b"x" * 90) for i in range(100_000)) * 8  # 80 MB


@pytest.fixture
def big(server):
    """Begins to read a result of 80 MB: the stream and an iterator that has given its first event."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-select")
    s3.put_object(Bucket="sagemaker-select", Key="big", Body=BIG)

    def begin():
        stream = s3.select_object_content(Bucket="sagemaker-select", Key="big", Expression="SELECT * FROM S3Object", ExpressionType="SQL",
                                          InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})["Payload"]
        events = iter(stream)
        assert "Records" in next(events)
        return stream, events

    return begin


def test_a_query_ends_with_its_client(server, big):
    stream, _ = big()
    assert len(workers(server)) == 1
    stream.close()
    wait_until(lambda: not workers(server), "its worker to end")


def test_a_worker_that_is_killed_is_told_of(server, big):
    _, events = big()
    os.kill(workers(server)[0], signal.SIGKILL)
    with pytest.raises(EventStreamError) as caught:
        list(events)
    assert caught.value.response["Error"]["Code"] == "InternalError"
    assert workers(server) == []
    assert server.client("s3").head_object(Bucket="sagemaker-select", Key="big")["ContentLength"] == len(BIG)


# codes, Busy: what is more than may run is refused and taken later.
def test_only_so_many_queries_at_a_time(server, big):
    streams = [big()[0] for _ in range(8)]
    with pytest.raises(ClientError) as caught:
        server.client("s3", config=botocore.config.Config(retries={"max_attempts": 0})).select_object_content(
            Bucket="sagemaker-select", Key="big", Expression="SELECT * FROM S3Object", ExpressionType="SQL",
            InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})
    assert caught.value.response["Error"]["Code"] == "Busy"
    for stream in streams:
        stream.close()
    wait_until(lambda: not workers(server), "its worker to end")
    big()[0].close()

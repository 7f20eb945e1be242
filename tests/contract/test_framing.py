"""A request has one end, or is refused: no form of Transfer-Encoding or Content-Length lets two readers disagree (RFC 9112 section 6)."""

import socket

import pytest

SECOND = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"  # The body of a form is read before anything is decided.
CHUNKS = b"0\r\n\r\n" + SECOND


def exchange(aws, data):
    """Sends, ends the sending side and returns all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", aws.port), timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while part := connection.recv(65536):
            got += part
        return got


@pytest.mark.parametrize("lines, body", [
    ("Transfer-Encoding: chunked\r\nContent-Length: 4", CHUNKS),
    ("Content-Length: 4\r\nTransfer-Encoding: chunked", CHUNKS),
    ("Transfer-Encoding: chunked, identity", CHUNKS),
    ("Transfer-Encoding: identity, chunked", CHUNKS),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", CHUNKS),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", CHUNKS),
    ("Transfer-Encoding:\tchunked, chunked", CHUNKS),
    ("Transfer-Encoding: gzip, chunked", CHUNKS),
    ("Transfer-Encoding:\r\n chunked", CHUNKS),
    ("Transfer-Encoding: xchunked", SECOND),
    ("Transfer-Encoding: identity", SECOND),
    ("Content-Length: 0\r\nContent-Length: 5", b"12345" + SECOND),
    ("Content-Length: 5\r\nContent-Length: 5", b"12345" + SECOND),
    ("Content-Length: 5, 5", b"12345" + SECOND),
    ("Content-Length: +5", b"12345" + SECOND),
    ("Content-Length: 5 ,", b"12345" + SECOND),
    ("Content-Length : 5", b"12345" + SECOND),
    ("Content-Length: 5\nX: y", b"12345" + SECOND),
    ("X: y\x00", SECOND),
    ("Host: y", SECOND),
    ("Transfer-Encoding: chunked", b"1\nx\r\n" + CHUNKS),
    ("Transfer-Encoding: chunked", b"0x1\r\nx\r\n" + CHUNKS),
    ("Transfer-Encoding: chunked", b"ffffffffffffffff1\r\nx\r\n" + CHUNKS),
    ("Transfer-Encoding: chunked", b"1;" + b"x" * 100_000 + b"\r\nx\r\n" + CHUNKS),
    ("Transfer-Encoding: chunked", b"0\r\n" + b"x: y\r\n" * 20_000 + b"\r\n" + SECOND),
])
def test_an_ambiguous_request_is_refused_and_nothing_behind_it_is_read(aws, lines, body):
    got = exchange(aws, f"POST / HTTP/1.1\r\nHost: x\r\n{FORM}{lines}\r\n\r\n".encode() + body)
    assert got.count(b"HTTP/1.1 ") == 1
    assert got.split()[1] in (b"400", b"501")


def test_a_clear_request_is_answered_and_so_is_the_next(aws):
    head = f"POST / HTTP/1.1\r\nHost: x\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n".encode()
    got = exchange(aws, head + b"3;a=b\r\na=b\r\n0\r\nX: y\r\n\r\n" + SECOND)
    assert got.count(b"HTTP/1.1 ") == 2

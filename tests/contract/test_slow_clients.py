"""Clients that stall hold nobody else."""

import socket

import botocore.auth
import botocore.awsrequest
import botocore.credentials

STALLED = 300


def test_uploads_that_stall_do_not_hold_others(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="slow-clients")
    credentials = botocore.credentials.Credentials(aws.environment["AWS_ACCESS_KEY_ID"], aws.environment["AWS_SECRET_ACCESS_KEY"])
    request = botocore.awsrequest.AWSRequest("PUT", f"{aws.endpoint}/slow-clients/stalled", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    botocore.auth.S3SigV4Auth(credentials, "s3", aws.region).add_auth(request)
    head = "PUT /slow-clients/stalled HTTP/1.1\r\nHost: " + aws.endpoint.removeprefix("http://") + "\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items()) + "\r\n"
    stalled = []
    try:
        for _ in range(STALLED):
            connection = socket.create_connection(("127.0.0.1", aws.port), timeout=60)
            connection.sendall(head.encode())
            stalled.append(connection)
        for connection in stalled:  # Each handler waits for the body now.
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        s3.put_object(Bucket="slow-clients", Key="moving", Body=b"x" * 1_000_000)
        for connection in stalled:
            connection.setblocking(False)
            try:
                assert connection.recv(1000) == "still open"
            except BlockingIOError:
                pass
    finally:
        for connection in stalled:
            connection.close()
    assert s3.head_object(Bucket="slow-clients", Key="moving")["ContentLength"] == 1_000_000

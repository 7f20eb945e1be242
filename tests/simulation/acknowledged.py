"""What a server acknowledged, and what it may have done without having said so: the model that a crash is held against."""

import contextlib

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, EndpointConnectionError, HTTPClientError

DROPPED = (ConnectionError, EndpointConnectionError, HTTPClientError)
# A second attempt would be told of a first whose answer was lost.
ONCE = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=60)


class Registers:
    """Names with a value each (None: there is nothing), written by one client, one write after the other. A write whose answer was lost
    leaves two values possible, of which the next check takes the one that it sees: from then on it must stay."""

    def __init__(self):
        self.possible = {}
        self.touched = set()  # Since the last check.

    def value(self, name):
        [value] = self.possible.get(name, [None])
        return value

    def there(self):
        """Names that have a value."""
        return sorted(name for name, values in self.possible.items() if values != [None])

    @contextlib.contextmanager
    def change(self, wanted):
        """Around the call that gives names these values, all or some of them when it is not answered."""
        self.touched |= wanted.keys()
        for name, value in wanted.items():
            self.possible.setdefault(name, [None]).append(value)
        yield
        for name, value in wanted.items():
            self.possible[name] = [value]

    def check(self, read, names):
        for name in sorted(names):
            seen, values = read(name), self.possible.get(name, [None])
            assert seen in values, f"{name} is {seen}; what was acknowledged or asked for: {values}"
            self.possible[name] = [seen]
        for name in [name for name in names if self.possible.get(name) == [None]]:
            del self.possible[name]
        self.touched -= names


def unless_missing(call, *codes):
    """What a call answers; None when it ends with one of these codes."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise
        return None

"""What Mailchimp holds, one byte per object: the status snapshot, and which ids exist.

Every decision of a run uses one snapshot. It is read page by page, or one object at a time,
whichever is fewer calls, and kept up to date with our own writes. 17 bytes per object: 200,000
members fit into less than 6 MB.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any, Final

from destination_mailchimp.details import Details

_BUCKETS: Final = 4096
_DIGEST: Final = 16
_ENTRY: Final = _DIGEST + 1

ABSENT: Final = 0
PRESENT: Final = 1
_UNSURE: Final = 255


def digest_of(identifier: str) -> bytes:
    """Return the 16 bytes that stand for an id."""
    return md5(identifier.encode(), usedforsecurity=False).digest()


class CodeMap:
    """A map from 16 bytes to one byte, without an object per entry.

    Entries lie in the buckets of a hash table; each bucket is one `bytearray` that is searched.
    """

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(_BUCKETS)]
        self._lock = threading.Lock()
        self._count = 0

    def __len__(self) -> int:
        """Return the number of entries."""
        return self._count

    def get(self, digest: bytes) -> int | None:
        """Return the code of an entry, None if there is none."""
        bucket = self._bucket(digest)
        position = _find(bucket, digest)
        return None if position is None else bucket[position + _DIGEST]

    def set(self, digest: bytes, code: int) -> None:
        """Set the code of an entry."""
        bucket = self._bucket(digest)
        with self._lock:
            position = _find(bucket, digest)
            if position is not None:
                bucket[position + _DIGEST] = code
                return
            bucket += digest + bytes((code,))
            self._count += 1

    def _bucket(self, digest: bytes) -> bytearray:
        return self._buckets[int.from_bytes(digest[:2], "big") % _BUCKETS]


def _find(bucket: bytearray, digest: bytes) -> int | None:
    position = bucket.find(digest)
    while position != -1:
        if position % _ENTRY == 0:
            return position
        position = bucket.find(digest, position + 1)
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """What Mailchimp holds for one id.

    Args:
        code: The status code; 0 is absent.
        detail: The object itself, where it was read; None otherwise.
    """

    code: int
    detail: Mapping[str, Any] | None = None


Row = tuple[bytes, int, Mapping[str, Any]]
"""A row of a page: digest, code, the object as it was read."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """How one kind of object is read.

    Args:
        digest: The digest of an id.
        pages: Estimates the calls that reading everything takes.
        read_all: Reads everything; True asks for whole objects instead of ids and statuses.
        read_one: Reads one object whole.
    """

    digest: Callable[[str], bytes]
    pages: Callable[[], int]
    read_all: Callable[[bool], Iterable[Row]]
    read_one: Callable[[str], Held]


class Holdings:
    """One kind of object, read in the cheaper way.

    Args:
        shelf: How it is read.
        expected: How many ids will be looked up; None if nobody knows. Then they are read one at a
            time until that has cost as many calls as reading everything would have.
        keeper: Where whole objects are kept, if a plan needs them.
    """

    def __init__(
        self, shelf: Shelf, *, expected: int | None, keeper: Details | None = None
    ) -> None:
        self._shelf = shelf
        self._expected = expected
        self._keeper = keeper
        self._codes = CodeMap()
        self._lock = threading.Lock()
        self._pages: int | None = None
        self._read_one_at_a_time = 0
        self._complete = False

    def known(self, identifier: str) -> int | None:
        """Return the code of an id if that takes no call, None otherwise.

        The first question reads everything, if that is the cheaper way.
        """
        self._prepare()
        code = self._codes.get(self._shelf.digest(identifier))
        if code == _UNSURE:
            return None
        return ABSENT if code is None and self._complete else code

    def look(self, identifier: str) -> Held:
        """Return what Mailchimp holds for an id; takes a call where it was not read before."""
        code = self.known(identifier)
        digest = self._shelf.digest(identifier)
        if code is not None:
            kept = self._keeper.get(digest) if self._keeper and code != ABSENT else None
            return Held(code, kept)
        with self._lock:
            self._read_one_at_a_time += 1
        return self.read_again(identifier)

    def read_again(self, identifier: str) -> Held:
        """Read one object whole, whatever is known of it."""
        digest = self._shelf.digest(identifier)
        held = self._shelf.read_one(identifier)
        self._codes.set(digest, held.code)
        if self._keeper is not None and held.detail is not None:
            self._keeper.put(digest, held.detail)
        return held

    def forget(self, identifier: str) -> None:
        """Trust nothing that is known of an id: the next look reads it."""
        self._codes.set(self._shelf.digest(identifier), _UNSURE)

    def note(self, identifier: str, code: int) -> None:
        """Remember what an own write, or a refusal, has shown."""
        self._codes.set(self._shelf.digest(identifier), code)

    def _prepare(self) -> None:
        if not self._complete:
            with self._lock:
                if self._all_is_cheaper():
                    self._read_all()

    def _all_is_cheaper(self) -> bool:
        if self._pages is None:
            self._pages = self._shelf.pages()
        lookups = self._read_one_at_a_time
        if self._expected is not None and lookups <= self._pages:
            lookups = self._expected
        return lookups > self._pages

    def _read_all(self) -> None:
        if self._complete:
            return
        for digest, code, detail in self._shelf.read_all(self._keeper is not None):
            if self._codes.get(digest) is None:
                self._codes.set(digest, code)
            if self._keeper is not None:
                self._keeper.put(digest, detail)
        self._complete = True

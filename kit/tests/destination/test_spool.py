from __future__ import annotations

import os
import stat

from kit.destination.spool import Spool


def test_lines_come_back_in_order_with_their_numbers() -> None:
    with Spool() as spool:
        for number in range(1000):
            spool.put(number, b'{"a": "%d 5"}' % number)
        assert len(spool) == 1000
        assert list(spool.take())[17] == (17, b'{"a": "17 5"}')


def test_nobody_else_can_read_it_and_nothing_is_left_behind() -> None:
    with Spool() as spool:
        found = os.fstat(spool._file.fileno())
        assert stat.S_IMODE(found.st_mode) == 0o600
        assert found.st_nlink == 0

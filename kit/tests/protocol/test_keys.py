from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from kit.protocol.keys import member_key, path_segment


def test_the_member_key_is_the_md5_that_mailchimp_documents() -> None:
    # The example address of Mailchimp's own guide.
    assert member_key("Urist.McVankab@freddiesjokes.com") == "62eeb292278cc15f5817cb78f7790b08"


@given(st.emails())
def test_case_and_surrounding_blanks_make_no_second_member(address: str) -> None:
    assert member_key(f"  {address.upper()} ") == member_key(address.upper().lower())
    assert member_key(address.lower()) == hashlib.md5(address.lower().encode()).hexdigest()  # noqa: S324 - Mailchimp's own scheme


def test_a_slash_or_a_hash_in_an_id_never_reaches_the_path_bare() -> None:
    assert path_segment("AB/12 #3?") == "AB%2F12%20%233%3F"

"""When a request is all there, byte by byte."""

import pytest

from shared.serving.arriving import LARGEST_BODY, LARGEST_HEAD, Arriving, TooLargeHead

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 5\r\n\r\n12345"
IN_CHUNKS = b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
CHUNKS = IN_CHUNKS + b"4;name=value\r\n\r\n\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n"
WITH_TRAILER = CHUNKS[:-2] + b"Trailer: x\r\n\r\n"


@pytest.mark.parametrize("request_bytes", [GET, POST, CHUNKS, WITH_TRAILER], ids=["get", "post", "chunks", "trailer"])
def test_it_is_there_with_its_last_byte_and_not_before(request_bytes: bytes) -> None:
    arriving, at_once = Arriving(), Arriving()
    said = [arriving.add(bytes([one])) for one in request_bytes]
    assert said == [False] * (len(request_bytes) - 1) + [True]
    assert at_once.add(request_bytes)
    assert arriving.data == at_once.data == request_bytes


def test_what_follows_it_does_not_matter() -> None:
    assert Arriving().add(POST + GET)


def test_a_head_without_an_end_is_given_up() -> None:
    arriving = Arriving()
    assert not arriving.add(b"x: y\r\n" * (LARGEST_HEAD // 6))
    with pytest.raises(TooLargeHead):
        arriving.add(b"x: y\r\n")


def test_a_body_that_would_be_refused_is_not_waited_for() -> None:
    assert Arriving().add(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1))
    chunks = Arriving()
    assert not chunks.add(IN_CHUNKS)
    assert any(chunks.add(b"1000\r\n" + b"x" * 4096 + b"\r\n") for _ in range(17))


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"\r\n\r\n"])
def test_what_is_no_chunk_is_the_servers_to_refuse(chunk: bytes) -> None:
    assert Arriving().add(IN_CHUNKS + chunk)


def test_who_wants_to_be_told_to_go_on_is_known_from_the_head() -> None:
    arriving = Arriving()
    assert not arriving.add(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert arriving.expects

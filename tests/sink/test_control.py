from __future__ import annotations

from dataclasses import replace

from tests.sink.conftest import LiveSink
from wiretell.lab.sink import control
from wiretell.model.capture import Outcome


def test_what_was_sent_is_what_was_stored(sink: LiveSink) -> None:
    control.send_known(sink.connect, sink.authority.pem)
    log = sink.finish()
    assert control.check(log) == "pass"
    assert {c.outcome for c in log.connections} == {Outcome.EXCHANGES}
    assert {e.status for e in log.exchanges if e.request.target.endswith("/v1/messages")} == {200}


def test_a_change_of_one_byte_is_told(sink: LiveSink) -> None:
    control.send_known(sink.connect)
    log = sink.finish()
    assert control.check(log, tls=False) == "pass"
    assert "stored 0 times" in control.check(log, tls=True)
    first, *rest = log.exchanges
    altered = replace(first, request=replace(first.request, raw_head=first.request.raw_head.replace(b"x-Z", b"X-z")))
    assert "another raw_head" in control.check(replace(log, exchanges=(altered, *rest)), tls=False)
    assert "2 times" in control.check(replace(log, exchanges=(first, first, *rest)), tls=False)
    assert "cut off" in control.check(replace(log, exchanges=(replace(first, complete=False), *rest)), tls=False)


def test_a_failing_recorder_is_told(sink: LiveSink) -> None:
    control.send_known(sink.connect)
    log = sink.finish()
    assert "ZeroDivisionError" in control.check(replace(log, faults=("Traceback\nZeroDivisionError: x\n",)), tls=False)
    assert "dropped 1 records" in control.check(replace(log, dropped=1), tls=False)

"""Recorded messages, byte for byte, against the code of today."""

from datetime import timedelta

import pytest
import time_machine

from panel.gateways.protocol import BadSignature
from tests.gateways.recording import FOLDER, INVOICE, ORDER, RECORDED_AT, SESSION, TOKEN, load

NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if ".headers" not in path.name)
REFERENCES = {"stripe": SESSION, "paypal": ORDER, "btcpay": INVOICE}


def test_there_are_recordings_of_every_gateway_that_calls_us():
    assert {name.partition(".")[0] for name in NAMES} == set(REFERENCES)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_message_is_believed_at_its_time_and_names_its_payment(name, open_world):
    slug = name.partition(".")[0]
    with time_machine.travel(RECORDED_AT + timedelta(seconds=5)):
        (notice,) = open_world(slug).gateway().verify(*load(name))

    assert (notice.reference, notice.merchant_reference) == (REFERENCES[slug], TOKEN)
    assert notice.about.lower() == name.partition(".")[2]


@pytest.mark.parametrize("name", NAMES)
def test_e2_a_recorded_message_is_not_believed_weeks_later(name, open_world):
    gateway = open_world(name.partition(".")[0]).gateway()

    with (
        time_machine.travel(RECORDED_AT + timedelta(weeks=2)),
        pytest.raises(BadSignature, match="another time"),
    ):
        gateway.verify(*load(name))


@pytest.mark.parametrize("name", NAMES)
def test_e2_a_recorded_message_is_not_believed_with_one_letter_changed(name, open_world):
    body, headers = load(name)
    altered = body.replace(TOKEN.encode(), TOKEN.replace("0b7e", "0b7f").encode())
    assert altered != body

    with time_machine.travel(RECORDED_AT), pytest.raises(BadSignature):
        open_world(name.partition(".")[0]).gateway().verify(altered, headers)

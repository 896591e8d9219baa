"""What is worth a line in the log, and what is not."""

import logging


def test_a_request_for_another_host_is_refused_without_a_trace_in_the_log(client, caplog):
    with caplog.at_level(logging.INFO, logger="django.request"):
        reply = client.get("/", HTTP_HOST="scanner.invalid")

    assert reply.status_code == 400
    assert not [record for record in caplog.records if record.exc_info]

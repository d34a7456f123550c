"""Until when the certificate is good that Kafka showed, for those who watch."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from deploy import certificates
from shared.kafka_security import SSL, NotTrusted, Security
from shared.telemetry import CERTIFICATE_END


def test_who_signs_in_notes_until_when_the_broker_can_be_trusted(tmp_path: Path) -> None:
    certificates.keep(tmp_path)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(tmp_path / "kafka" / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            shown.wrap_socket(connection, server_side=True).close()

        broker = threading.Thread(target=hang_up, name="broker that hangs up")
        broker.start()
        with pytest.raises((NotTrusted, ConnectionError)):
            Security(SSL, ca_file=str(tmp_path / certificates.TRUST)).sign_in(
                f"127.0.0.1:{listener.getsockname()[1]}", 30
            )
        broker.join()
    [sample] = [one for metric in CERTIFICATE_END.collect() for one in metric.samples]
    assert sample.labels == {"server": "kafka"}
    assert abs(sample.value - time.time() - certificates.DAYS * 86400) < 3600

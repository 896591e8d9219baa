"""Starting the embedded servers under a supervisor, in the order in which they are needed."""

from panel.embedded import broker, postgres
from panel.embedded.broker import Broker
from panel.embedded.places import Unavailable
from panel.embedded.postgres import Cluster
from panel.embedded.supervisor import Supervisor


def start_database(supervisor: Supervisor, cluster: Cluster) -> None:
    """Start PostgreSQL, wait until it answers and see that the panel's database is there."""
    postgres.prepare(cluster)
    supervisor.start(cluster.program())
    ready = supervisor.run(
        until=lambda: postgres.is_ready(cluster), timeout_s=postgres.READY_TIMEOUT_S
    )
    if not ready:
        raise Unavailable(f"PostgreSQL does not start: see {cluster.home / 'postgres.log'}")
    postgres.create_database(cluster)


def start_broker(supervisor: Supervisor, server: Broker) -> None:
    """Start the broker and wait until it answers."""
    broker.prepare(server)
    supervisor.start(server.program())
    ready = supervisor.run(until=lambda: broker.is_ready(server), timeout_s=broker.READY_TIMEOUT_S)
    if not ready:
        raise Unavailable(f"The broker does not start: see {server.home / 'broker.log'}")

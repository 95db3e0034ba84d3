"""A session is secured as the address says; what stands in its way is said in a sentence."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import trustme

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import Refused, Unreachable, connect, fault_of, in_words
from tests.scheduler.engines.cluster.postgres import PASSWORD, SUPERUSER, Postgres, _free_port
from tests.scheduler.engines.cluster.stage import COORDINATORS, Cluster
from tests.scheduler.engines.cluster.tls_door import TlsDoor

pytestmark = pytest.mark.cluster

NAME = "db.example.test"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def door(authority: trustme.CA, postgres: Postgres) -> Iterator[TlsDoor]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(tls)
    with TlsDoor(tls, postgres.port) as opened:
        yield opened


def _secured(port: int, root: Path, *, name: str = NAME) -> Address:
    """The server of that name, which lies at the loopback address here, checked in full."""
    words = f"hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={quote(str(root))}"
    return Address.of(f"postgresql://{SUPERUSER}:{quote(PASSWORD)}@{name}:{port}/newsroom?{words}")


def test_a_server_with_a_right_certificate_is_spoken_to_by_tls(
    door: TlsDoor, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(root := tmp_path / "root.crt"))
    with connect(_secured(door.port, root), schema="dibao", name="test") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.pgconn.ssl_in_use
    assert door.handshakes == 1


def test_a_certificate_of_an_unknown_authority_is_refused(door: TlsDoor, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(root := tmp_path / "root.crt"))
    with pytest.raises(Refused, match="no authority known here has signed its certificate; set sslrootcert"):
        connect(_secured(door.port, root), schema="dibao", name="test")


def test_a_certificate_for_another_host_is_refused(door: TlsDoor, authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(str(root := tmp_path / "root.crt"))
    with pytest.raises(Refused, match="the certificate is for another host name; use the name that it is for"):
        connect(_secured(door.port, root, name="other.example.test"), schema="dibao", name="test")


def test_a_server_without_tls_is_refused_where_tls_is_wanted(
    postgres: Postgres, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(root := tmp_path / "root.crt"))
    with pytest.raises(Refused, match="it does not speak TLS; switch `ssl` on"):
        connect(_secured(postgres.port, root), schema="dibao", name="test")


def test_authorities_that_are_not_there_are_named(door: TlsDoor, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no authorities to check its certificate by; set sslrootcert"):
        connect(_secured(door.port, tmp_path / "nowhere.crt"), schema="dibao", name="test")


def test_a_wrong_password_is_refused_and_not_shown(cluster: Cluster) -> None:
    wrong = cluster.coordinator_url.replace(quote(COORDINATORS), "wrong-word").replace("the%20", "the-")
    assert wrong != cluster.coordinator_url
    with pytest.raises(Refused, match="the name or the password is wrong; look at") as refused:
        connect(Address.of(wrong), schema=cluster.schema, name="test")
    assert "wrong-word" not in str(refused.value)


def test_a_database_that_is_not_there_is_refused(postgres: Postgres) -> None:
    with pytest.raises(Refused, match=r'there is no such role or database.*"nowhere" does not exist'):
        connect(Address.of(postgres.url(database="nowhere")), schema="dibao", name="test")


def test_a_password_that_is_missing_is_asked_for(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    bare = f"postgresql://{SUPERUSER}@127.0.0.1:{postgres.port}/newsroom"
    with pytest.raises(Refused, match="it asks for a password; write it into"):
        connect(Address.of(bare), schema="dibao", name="test")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('FATAL:  Peer authentication failed for user "dibao_coordinator"', "take `localhost` as the host, or"),
        ('FATAL:  Ident authentication failed for user "dibao_worker"', "for this role with scram-sha-256 above that"),
        ('FATAL:  pg_hba.conf rejects connection for host "192.0.2.7"', "does not let this machine, role and data"),
    ],
)
def test_a_server_that_asks_for_no_password_is_refused_with_the_way_in(said: str, words: str) -> None:
    fault = fault_of(psycopg.OperationalError(said), Address.of("postgresql://dibao_coordinator@/dibao?host=/run/pg"))
    assert isinstance(fault, Refused)
    assert words in str(fault)


def test_a_server_that_does_not_answer_is_to_be_tried_again() -> None:
    with pytest.raises(Unreachable, match=r"PostgreSQL at postgresql://\S+ cannot be reached: "):
        connect(Address.of(f"postgresql://x:secret@127.0.0.1:{_free_port()}/y"), schema="dibao", name="test")


def test_a_server_that_starts_or_ends_is_to_be_tried_again(cluster: Cluster) -> None:
    cluster.postgres.kill_immediate()
    with pytest.raises(Unreachable):
        cluster.coordinator()
    cluster.postgres.start()
    with cluster.coordinator() as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_a_session_sees_its_schema_first_has_its_name_and_is_soon_seen_dead(cluster: Cluster) -> None:
    address = Address.of(cluster.coordinator_url)
    with connect(address, schema=cluster.schema, name="dibao worker 报" * 9, autocommit=False) as connection:
        assert not connection.autocommit
        assert connection.info.get_parameters()["tcp_user_timeout"] == "8000"
        shown = {
            setting: (connection.execute(f"SHOW {setting}").fetchone() or ("",))[0]
            for setting in ("search_path", "application_name", "tcp_keepalives_idle", "tcp_keepalives_count")
        }
    assert shown["search_path"] == f"{cluster.schema}, pg_temp"
    assert shown["application_name"].startswith("dibao worker ")
    assert int(shown["tcp_keepalives_idle"]) + 3 * int(shown["tcp_keepalives_count"]) <= 15


def test_a_schema_that_would_have_to_be_quoted_never_reaches_the_server(cluster: Cluster) -> None:
    with pytest.raises(ValueError, match=r"\[engine\] schema is"):
        connect(Address.of(cluster.coordinator_url), schema='a"; DROP SCHEMA public', name="test")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT * FROM jobs", "_worker may not do that; use the coordinator's role"),
        ("SELECT * FROM nothing", "is not Dibao's, or an older one; run `dibao cluster init`"),
        ("SELECT nothing()", "is not Dibao's, or an older one; run `dibao cluster init`"),
    ],
)
def test_a_statement_that_may_not_be_is_refused_in_words(cluster: Cluster, statement: str, words: str) -> None:
    told = in_words(Address.of(cluster.worker_url), cluster.schema)
    with cluster.worker() as worker, pytest.raises(Refused, match=words), told:
        worker.execute(statement)


def test_a_session_that_is_lost_is_to_be_had_again(cluster: Cluster) -> None:
    with cluster.worker() as worker, cluster.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 10000)", (worker.info.backend_pid,))
        with pytest.raises(Unreachable), in_words(Address.of(cluster.worker_url), cluster.schema):
            worker.execute("SELECT 1")
